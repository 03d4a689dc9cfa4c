import type { Registry } from "../../config/registry/registry.ts";
import { image, label } from "../../config/schema/primitives.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { sharedByMany } from "./secrets-reader.ts";

/** What of an application must fit the registry. */
export interface AppClaims {
	/** Key of the person. */
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
 * The registry of this site does not have the person of an app, or not what the app claims of theirs. People come, go
 * and change without the app's code, so it is no fault of the code: the other stacks stand without the app.
 */
export class AppNotAllowed extends VisibleError {
	override readonly name = "AppNotAllowed";
}

/** Somebody with namespaces, whether or not they have their rights. */
export function ownerOf({ owners, disabledOwners }: Registry, key: string) {
	return [...owners, ...disabledOwners].find((one) => one.key === key);
}

/** What the registry does not allow; a sentence each. Rights that were taken back do not matter here. */
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

/** What no registry would make right; a sentence each. */
export function* codeProblems({ app, image: given, port }: AppClaims): Iterable<string> {
	for (const { message } of image.safeParse(given).error?.issues ?? []) yield `image ${given}: ${message}`;
	for (const { message } of label.safeParse(app).error?.issues ?? []) yield `app ${app}: ${message}`;
	if (!(Number.isInteger(port) && port >= 1024 && port <= 65535))
		yield `port ${port}: expected 1024 to 65535, for the app is not root`;
}

function some(names: readonly string[]): string {
	return names.join(", ") || "none";
}
