import type { Registry } from "../../config/registry/registry.ts";
import { image, label } from "../../config/schema/primitives.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { sharedByMany } from "./secrets-reader.ts";

/** Properties of an app that the registry must allow. */
export interface AppClaims {
	/** Key of the owner. */
	readonly owner: string;
	readonly namespace: string;
	readonly app: string;
	readonly image: string;
	readonly port: number;
	/** Label below the site's domain. */
	readonly host?: string | undefined;
	readonly secrets?: Readonly<Record<string, string>> | undefined;
}

/**
 * The registry of this site does not allow an app: its owner, namespace or host is missing. Owners come, go and change
 * without a change of the code, so only this stack is left out.
 */
export class AppNotAllowed extends VisibleError {
	override readonly name = "AppNotAllowed";
}

/** The owner of a key, disabled or not. */
export function ownerOf({ owners, disabledOwners }: Registry, key: string) {
	return [...owners, ...disabledOwners].find((one) => one.key === key);
}

/** Reasons why the registry does not allow an app, a sentence each. A disabled owner is none. */
export function* registryProblems(registry: Registry, claims: AppClaims): Iterable<string> {
	const { owner: key, namespace, host, secrets = {} } = claims;
	const owner = ownerOf(registry, key);
	if (owner === undefined) {
		const owners = some([...registry.owners, ...registry.disabledOwners].map((one) => one.key).sort());
		yield `owner ${key}: the registry has no such namespace-owner; it has ${owners}`;
		return;
	}
	if (!owner.namespaces.includes(namespace))
		yield `namespace ${namespace}: not of ${key}, who has ${some(owner.namespaces)}`;
	if (host !== undefined && !owner.domains.includes(host))
		yield `host ${host}: not of ${key}, who has ${some(owner.domains)}`;
	const space = registry.namespaces.find(({ name }) => name === namespace);
	if (Object.keys(secrets).length > 0 && space !== undefined && sharedByMany(space))
		yield `secrets: ${namespace} is shared, so it reads nobody's secrets; use a namespace that ${key} has alone`;
}

/** Mistakes in the code of an app, whatever the registry; a sentence each. */
export function* codeProblems({ app, image: given, port }: AppClaims): Iterable<string> {
	for (const { message } of image.safeParse(given).error?.issues ?? []) yield `image ${given}: ${message}`;
	for (const { message } of label.safeParse(app).error?.issues ?? []) yield `app ${app}: ${message}`;
	if (!(Number.isInteger(port) && port >= 1024 && port <= 65535))
		yield `port ${port}: expected 1024 to 65535, for the app is not root`;
}

function some(names: readonly string[]): string {
	return names.join(", ") || "none";
}
