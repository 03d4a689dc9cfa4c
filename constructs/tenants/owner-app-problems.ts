import type { Registry } from "../../config/registry/registry.ts";
import { image, label } from "../../config/schema/primitives.ts";
import { soleOwner } from "./secrets-reader.ts";

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

/** Everything that the registry, or Kubernetes, would not allow; a sentence each. */
export function* ownerAppProblems(registry: Registry, claims: AppClaims): Iterable<string> {
	const { owner: key, namespace, app, host, port, secrets = {} } = claims;
	const owner = registry.owners.find((one) => one.key === key);
	if (owner === undefined) {
		const owners = some(registry.owners.map((one) => one.key));
		yield `owner ${key}: the registry has no such active namespace-owner; it has ${owners}`;
		return;
	}
	if (!owner.namespaces.includes(namespace))
		yield `namespace ${namespace}: not of ${key}, who has ${some(owner.namespaces)}`;
	if (host !== undefined && !owner.domains.includes(host))
		yield `host ${host}: not of ${key}, who has ${some(owner.domains)}`;
	for (const { message } of image.safeParse(claims.image).error?.issues ?? [])
		yield `image ${claims.image}: ${message}`;
	for (const { message } of label.safeParse(app).error?.issues ?? []) yield `app ${app}: ${message}`;
	if (!(Number.isInteger(port) && port >= 1024 && port <= 65535))
		yield `port ${port}: expected 1024 to 65535, for the app is not root`;
	const space = registry.namespaces.find(({ name }) => name === namespace);
	if (Object.keys(secrets).length > 0 && space !== undefined && soleOwner(space) === undefined)
		yield `secrets: ${namespace} is shared, so it reads nobody's secrets; use a namespace that ${key} has alone`;
}

function some(names: readonly string[]): string {
	return names.join(", ") || "none";
}
