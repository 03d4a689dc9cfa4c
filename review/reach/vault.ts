import { vaultPolicies } from "../../rules/vault-policies.ts";
import { oncePer } from "../../world/once-per.ts";
import { vaultEntries } from "../../world/vault-entries.ts";
import { type VaultLogin, vaultLogins } from "../../world/vault-logins.ts";
import { vaultTokenRoles } from "../../world/vault-token-roles.ts";
import type { Resource, World } from "../../world/world.ts";
import { type Fact, factId } from "./fact.ts";
import { tokenHolders } from "./rbac-grants.ts";
import { type Actor, person, podsOf, serviceAccount } from "./subjects.ts";
import { type Acl, type Identity, joinPolicies, samplePath, tokenCapabilities } from "./vault-acl.ts";
import { vaultWords } from "./vault-words.ts";

/** Somebody with a token of Vault. */
interface Holder {
	readonly actor: Actor;
	readonly acl: Acl;
	/** Blocks of the login, then of its policies. */
	readonly grants: readonly Resource[];
	/** Why not all of it is known. */
	readonly problems: readonly string[];
}

const everything = { verb: "do everything in", object: "Vault" } as const;
const all = ["create", "read", "update", "delete", "list", "sudo"];

/**
 * What logins of Vault may do: policies of roles, groups and entities, joined per token, at every path that a policy or
 * a stack names, and at one that nobody names behind each wildcard.
 */
export function* vaultFacts(world: World, compared: readonly World[]): Iterable<Fact> {
	const paths = [...new Set(compared.flatMap((one) => [...pathsOf(one)]))].sort();
	const { kvMount } = world.site.vault;
	const entries = paths.filter((path) => path.startsWith(`${kvMount}/data/`)).length;
	for (const { actor, acl, grants, problems } of holders(world)) {
		for (const problem of problems)
			yield {
				subject: actor.name,
				verb: "use",
				object: `policies of Vault: ${problem}`,
				risk: "unknown",
				grants,
			};
		const can = paths.map((path) => ({ path, capabilities: tokenCapabilities(acl, path) }));
		const wide = [actor.name, ...actor.partOf].map((subject) => factId({ subject, ...everything }));
		if (doesEverything(acl)) {
			yield { subject: actor.name, ...everything, risk: "cluster", grants, within: wide.slice(1) };
			continue;
		}
		for (const { path, capabilities } of can)
			for (const capability of capabilities) {
				const words = vaultWords(world, actor, capability, path, entries);
				if (words === undefined) continue;
				const fact = { subject: actor.name, detail: `${capability} ${path}`, ...words, grants };
				// An account can log in by each role that is open to it, so a wider one takes nothing away.
				const wider = actor.partOf.map((subject) => factId({ ...fact, subject }));
				yield { ...fact, within: [...wide, ...wider] };
			}
	}
	for (const { resource, name, namespaces, serviceAccount: account } of vaultTokenRoles(world))
		if (account !== undefined)
			for (const namespace of namespaces)
				yield {
					subject: tokenHolders(name),
					verb: "act as",
					object: `service account ${namespace}/${account}`,
					risk: "escalation",
					grants: [resource],
				};
}

/** Whoever has all capabilities and may write policies is bound by none of them. */
function doesEverything(acl: Acl): boolean {
	return ["*", "sys/policies/acl/*"].every((path) => {
		const capabilities = tokenCapabilities(acl, samplePath(path));
		return all.every((one) => capabilities.includes(one));
	});
}

/** Paths of the API that a world names, and samples of what its wildcards cover. */
const pathsOf = oncePer((world: World): ReadonlySet<string> => {
	const { kvMount } = world.site.vault;
	// An entry that nobody names, and so no policy but by a wildcard.
	const paths = new Set(["data", "metadata"].map((endpoint) => samplePath(`${kvMount}/${endpoint}/*`)));
	for (const { acl } of holders(world)) for (const { path } of acl.rules) paths.add(samplePath(path));
	for (const { path } of vaultEntries(world)) paths.add(`${kvMount}/data/${path}`);
	for (const { name } of vaultTokenRoles(world)) paths.add(`kubernetes/creds/${name}`);
	for (const { type, arguments: given } of world.stacks.flatMap(({ resources }) => resources)) {
		if (typeof given.name !== "string") continue;
		if (type === "vault_database_secret_backend_static_role")
			paths.add(`database/static-creds/${given.name}`);
		if (type === "vault_transit_secret_backend_key")
			for (const endpoint of ["encrypt", "decrypt"]) paths.add(`transit/${endpoint}/${given.name}`);
	}
	return paths;
});

const holders = oncePer((world: World): readonly Holder[] => {
	const byName = new Map(vaultPolicies(world).map((policy) => [policy.name, policy]));
	return vaultLogins(world).flatMap((login) =>
		actorsOf(world, login).map(({ actor, identity }) => {
			const policies = login.policies.map((name) => ({ name, document: byName.get(name) }));
			const acl = joinPolicies(
				policies.map(({ name, document }) => (name === "root" ? rootRules : (document?.rules ?? []))),
				identity,
			);
			return {
				actor,
				acl,
				grants: [...login.resources, ...policies.flatMap(({ document }) => document?.resource ?? [])],
				problems: [
					...(login.problem === undefined ? [] : [login.problem]),
					...policies.flatMap(({ name, document }) =>
						document?.problem !== undefined
							? [`${name}: ${document.problem}`]
							: document === undefined && name !== "default" && name !== "root"
								? [`${name} is in no document`]
								: [],
					),
					...acl.unknown.map((path) => `the template of ${path} cannot be filled in`),
				],
			};
		}),
	);
});

const rootRules = [{ path: "*", capabilities: all }];

function actorsOf(
	world: World,
	login: VaultLogin,
): readonly { readonly actor: Actor; readonly identity: Identity }[] {
	const somebody = (name: string): Actor => ({
		name,
		partOf: [],
		owns: { namespaces: [], entries: [] },
		reach: "one",
	});
	if (login.kind === "accounts")
		return login.namespaces.flatMap((namespace) =>
			login.names.map((account) => ({
				actor:
					namespace === "*"
						? account === "*"
							? podsOf(world)
							: somebody(`service account ${account} of every namespace`)
						: account === "*"
							? podsOf(world, namespace)
							: serviceAccount(world, namespace, account),
				identity: {
					...(namespace === "*" ? {} : { namespace }),
					...(account === "*" ? {} : { account }),
				},
			})),
		);
	if (login.kind === "group") return [{ actor: somebody(`members of group ${login.name}`), identity: {} }];
	if (login.kind === "role")
		return login.groups.length === 0
			? [{ actor: somebody("everybody whom the identity provider knows"), identity: {} }]
			: login.groups.map((group) => ({ actor: somebody(`members of group ${group}`), identity: {} }));
	return login.addresses.length === 0
		? [{ actor: somebody(`entity ${login.name} of Vault`), identity: { entity: login.name } }]
		: login.addresses.map((address) => ({ actor: person(world, address), identity: { entity: login.name } }));
}
