import { ownerNames } from "../../config/registry/owner-names.ts";
import type { Registry } from "../../config/registry/registry.ts";
import { formatDuration } from "../../config/schema/duration.ts";
import type { Site } from "../../config/schema/site.ts";
import { ownerRules, ownerStateRules, pipelineRules } from "../../constructs/tenants/owner-policies.ts";
import { staticRoleName } from "../../constructs/vault/database-engine.ts";
import { platformPolicies } from "../../constructs/vault/platform-policies.ts";
import type { PolicyRule } from "../../constructs/vault/policy.ts";
import { keysRead, vaultEntries } from "../../world/vault-entries.ts";
import type { World } from "../../world/world.ts";
import { code, markdownTable } from "./markdown-table.ts";

/** Policies of administrators and machines of the platform. */
export function policyTable(site: Site): string {
	return markdownTable(
		["Policy", "Path", "Capabilities", "Why"],
		Object.entries(platformPolicies(site)).flatMap(([name, rules]) => ruleRows(name, rules)),
	);
}

/** What an owner may do, by the example of the first of a registry. */
export function ownerPolicyTable({ vault }: Site, { owners: [owner] }: Registry): string {
	if (owner === undefined) return "";
	return markdownTable(
		["Policy", "Path", "Capabilities", "Why"],
		[
			...ruleRows(ownerNames.policy(owner.key), ownerRules(vault.kvMount, owner)),
			...ruleRows(ownerNames.statePolicy(owner.key), ownerStateRules(owner)),
			...ruleRows(ownerNames.pipelines(owner.key), pipelineRules(owner)),
		],
	);
}

function ruleRows(name: string, rules: readonly PolicyRule[]): string[][] {
	return rules.map(({ path, capabilities, comment }, index) => [
		index === 0 ? code(name) : "",
		code(path),
		capabilities.join(", "),
		comment ?? "",
	]);
}

/** Machines that log in with the token of a service account. */
export function machineTable({ vault }: Site): string {
	return markdownTable(
		["Role", "Namespace", "Service account", "Audience", "Policy", "Token"],
		Object.entries(vault.machines).map(
			([name, { namespace, serviceAccount, audience, policy, lifetime, renewable }]) => [
				code(name),
				namespace,
				serviceAccount,
				audience === undefined ? "API server" : code(audience),
				code(policy),
				`${formatDuration(lifetime)}, ${renewable ? "renewed for ever" : "then it ends"}`,
			],
		),
	);
}

/** Database users whose passwords the database engine rotates. */
export function databaseRoleTable({ vault }: Site): string {
	return markdownTable(
		["Static role", "User", "Server"],
		(["mysql", "postgresql"] as const).flatMap((kind) => {
			const { host = "", port = 0, users = [] } = vault.databases[kind] ?? {};
			return users.map((user) => [code(staticRoleName(kind, user)), code(user), code(`${host}:${port}`)]);
		}),
	);
}

/** Accounts whose tokens the Kubernetes engine issues, beside the deployers of tenants. */
export function issuedTokenTable({ vault }: Site): string {
	return markdownTable(
		["Role", "Namespace", "Service account", "Life", "At most"],
		Object.entries(vault.issuedTokens).map(([name, { namespace, serviceAccount, lifetime, longest }]) => [
			code(name),
			namespace,
			serviceAccount,
			formatDuration(lifetime),
			formatDuration(longest),
		]),
	);
}

/** Entries of the KV engine that must exist before the stacks are applied, and those that are read later. */
export function entryTable(world: World): string {
	const readers = Map.groupBy(vaultEntries(world), ({ path }) => path);
	return markdownTable(
		["Entry", "Keys", "Read by", "When"],
		[...readers]
			.sort(([one], [other]) => one.localeCompare(other))
			.map(([path, entries]) => {
				const unique = (values: readonly string[]) => [...new Set(values)].sort();
				const keys = unique(entries.flatMap((entry) => keysRead(world, entry)));
				return [
					code(path),
					keys.map(code).join(", ") || "all",
					unique(entries.map(({ resource }) => resource.stack)).join(", "),
					unique(entries.map(({ when }) => when))
						.map((when) => ({ plan: "applied", run: "in the cluster" })[when])
						.join(", "),
				];
			}),
	);
}
