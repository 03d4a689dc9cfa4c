import type { Block } from "./blocks.ts";
import { plain } from "./blocks.ts";
import { providerSpelling } from "./provider-spelling.ts";
import type { Json, Resource, World } from "./world.ts";

/** An object that a chart makes, as the API writes it. */
export interface ReleaseObject {
	readonly apiVersion: string;
	readonly kind: string;
	readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** Groups of Kubernetes itself. Kinds of others are definitions and their objects, which have no words of the provider. */
const ownGroup = /^(v1|(apps|autoscaling|batch|policy)\/.+|.+\.k8s\.io\/.+)$/;
const kindsOfOthers = /^(snapshot|groupsnapshot)\.storage\.k8s\.io\/|^apiextensions\.k8s\.io\//;

/**
 * A world with the objects of its releases as if its stacks wrote them, so that rules judge both.
 *
 * @param objects by path of the release
 */
export function withReleaseObjects(
	world: World,
	objects: ReadonlyMap<string, readonly ReleaseObject[]>,
): World {
	return {
		site: world.site,
		stacks: world.stacks.map((stack) => ({
			...stack,
			resources: stack.resources.flatMap((resource) => [
				resource,
				...(objects.get(resource.path) ?? []).map((object) => resourceOf(object, resource)),
			]),
		})),
	};
}

/** Path of an object of a release, where a waiver of it lies. */
export const releaseObjectPath = (
	release: string,
	{ kind, metadata }: Pick<ReleaseObject, "kind" | "metadata">,
) => `${release}/${kind}/${metadata.name}`;

function resourceOf(object: ReleaseObject, release: Resource): Resource {
	const { apiVersion, kind, metadata } = object;
	// References of the stack, such as that of the namespace, are resolved by whoever reads the world.
	const namespace: Json | undefined = metadata.namespace ?? release.arguments.namespace;
	const whole = { ...object, metadata: { ...metadata, ...(namespace === undefined ? {} : { namespace }) } };
	const { api_version: _, kind: __, ...spelled } = providerSpelling(whole as unknown as Block);
	const typed = ownGroup.test(apiVersion) && !kindsOfOthers.test(apiVersion);
	const type = typed ? `kubernetes_${snakeCase(kind)}` : "kubernetes_manifest";
	return {
		mode: "resource",
		type,
		address: `${release.address} ${kind} ${plain(namespace) ?? ""}/${metadata.name}`,
		path: releaseObjectPath(release.path, object),
		stack: release.stack,
		arguments: typed ? (spelled as Resource["arguments"]) : { manifest: whole as unknown as Json },
	};
}

const snakeCase = (kind: string) =>
	kind.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
