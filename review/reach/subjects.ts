import { entityNames, namespaceOwners } from "../../world/people.ts";
import type { RbacSubject } from "../../world/rbac.ts";
import type { World } from "../../world/world.ts";

/** Somebody who has rights: in words, and with whom else they share them. */
export interface Actor {
	readonly name: string;
	/** Wider subjects, whose rights the actor has as well. */
	readonly partOf: readonly string[];
	/** Namespaces and entries of Vault that are the actor's own. */
	readonly owns: { readonly namespaces: readonly string[]; readonly entries: readonly string[] };
	/** Whether it is everybody, logged in or not. */
	readonly reach: "one" | "everybody logged in" | "anybody";
}

const everyPod = "pods of every namespace";
const loggedIn = "everybody who is logged in to the cluster";
const anybody = "anybody without a login";

/** Pods of a namespace, whatever account they run as; of every one without a name. */
export function podsOf(world: World, namespace?: string): Actor {
	if (namespace === undefined)
		return {
			name: everyPod,
			partOf: [loggedIn],
			owns: { namespaces: [], entries: [] },
			reach: "everybody logged in",
		};
	return {
		name: `pods of namespace ${namespace}`,
		partOf: [everyPod, loggedIn],
		owns: { namespaces: [namespace], entries: soleOwner(world, namespace) },
		reach: "one",
	};
}

export function serviceAccount(world: World, namespace: string, name: string): Actor {
	const pods = podsOf(world, namespace);
	return { ...pods, name: `service account ${namespace}/${name}`, partOf: [pods.name, ...pods.partOf] };
}

/** A person, by the address at the identity provider; called by the key in the registry where Vault knows it. */
export function person(world: World, address: string): Actor {
	const key = entityNames(world).get(address);
	const namespaces =
		key === undefined
			? []
			: world.stacks
					.flatMap(({ resources }) => resources)
					.filter(({ type }) => type.startsWith("kubernetes_namespace"))
					.flatMap(({ arguments: { metadata } }) => {
						const name = (metadata as { name?: unknown } | undefined)?.name;
						return typeof name === "string" && namespaceOwners(world, name).includes(key) ? [name] : [];
					});
	return {
		name: `user ${key ?? address}`,
		partOf: [loggedIn],
		owns: { namespaces, entries: key === undefined ? [] : [key] },
		reach: "one",
	};
}

/** The subject of a binding. */
export function boundActor(world: World, { kind, name, namespace }: RbacSubject): Actor {
	if (kind === "ServiceAccount") return serviceAccount(world, namespace, name);
	const [, ofNamespace] = /^system:serviceaccounts:(.+)$/.exec(name) ?? [];
	if (kind === "Group" && ofNamespace !== undefined) return podsOf(world, ofNamespace);
	const plainActor = { partOf: [loggedIn], owns: { namespaces: [], entries: [] }, reach: "one" } as const;
	if (kind === "Group") {
		if (name === "system:serviceaccounts") return podsOf(world);
		if (name === "system:authenticated")
			return { ...plainActor, name: loggedIn, partOf: [], reach: "everybody logged in" };
		if (name === "system:unauthenticated")
			return { ...plainActor, name: anybody, partOf: [], reach: "anybody" };
		return { ...plainActor, name: `group ${name}` };
	}
	if (name === "system:anonymous") return { ...plainActor, name: anybody, partOf: [], reach: "anybody" };
	const [, accountNamespace, account] = /^system:serviceaccount:([^:]+):(.+)$/.exec(name) ?? [];
	if (accountNamespace !== undefined && account !== undefined)
		return serviceAccount(world, accountNamespace, account);
	const { usernamePrefix } = world.site.platform.apiServer;
	return name.startsWith(usernamePrefix)
		? person(world, name.slice(usernamePrefix.length))
		: { ...plainActor, name: `user ${name}` };
}

/** The only owner of a namespace; of a shared one each could read the others' secrets. */
function soleOwner(world: World, namespace: string): readonly string[] {
	const owners = namespaceOwners(world, namespace);
	return owners.length === 1 ? owners : [];
}
