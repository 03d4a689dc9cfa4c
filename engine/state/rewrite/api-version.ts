import { VisibleError } from "../../../config/schema/visible-error.ts";
import { findObjects } from "./move-objects.ts";
import type { StateDocument, StateInstance } from "./state-document.ts";

/**
 * Has a `kubernetes_manifest` be of another version of its API, which serves the same object. The provider would replace
 * the object, and cannot even plan one whose version is no longer served.
 *
 * @param apiVersion group and version, such as `external-secrets.io/v1`
 * @throws VisibleError when there is no such manifest, or it is of another group
 */
export function setApiVersion(state: StateDocument, address: string, apiVersion: string): StateDocument {
	const found = findObjects(state, address);
	if (found === undefined) throw new VisibleError(`${address} is not in the state`);
	if (found.type !== "kubernetes_manifest" || found.mode !== "managed")
		throw new VisibleError(`${address} has no version of an API: only a kubernetes_manifest has`);
	const resources = state.resources.map((resource) => ({
		...resource,
		instances: resource.instances.map((instance) =>
			found.instances.includes(instance) ? withApiVersion(instance, { address, apiVersion }) : instance,
		),
	}));
	return { ...state, resources };
}

/** Versions of the API that the manifests at an address are of, each once. */
export function apiVersionsOf(state: StateDocument, address: string): string[] {
	const instances = findObjects(state, address)?.instances ?? [];
	const versions = instances.flatMap(
		({ attributes }) => manifestIn(attributes?.manifest)?.value.apiVersion ?? [],
	);
	return [...new Set(versions)];
}

/** An argument of any type, as a state has it. */
interface Manifest {
	readonly value: { readonly apiVersion: string };
}

function manifestIn(argument: unknown): Manifest | undefined {
	const { value } = (argument ?? {}) as Partial<Manifest>;
	return typeof value?.apiVersion === "string" ? (argument as Manifest) : undefined;
}

function withApiVersion(
	instance: StateInstance,
	{ address, apiVersion }: { readonly address: string; readonly apiVersion: string },
): StateInstance {
	const { attributes = {} } = instance;
	const manifest = manifestIn(attributes.manifest);
	if (manifest === undefined)
		throw new VisibleError(`${address} has no manifest with an apiVersion in the state`);
	const before = manifest.value.apiVersion;
	if (groupOf(before) !== groupOf(apiVersion))
		throw new VisibleError(
			`${address} is of ${before}: an object of another group (${apiVersion}) is another object`,
		);
	const changed = Object.entries({ manifest, object: manifestIn(attributes.object) }).flatMap(
		([name, argument]) =>
			argument === undefined ? [] : [[name, { ...argument, value: { ...argument.value, apiVersion } }]],
	);
	return { ...instance, attributes: { ...attributes, ...Object.fromEntries(changed) } };
}

/** Group of a version of an API; empty for the core's. */
export const groupOf = (apiVersion: string) =>
	apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
