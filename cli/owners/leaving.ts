import { kvAddress } from "../../clients/vault/load-registry.ts";
import type { Registry } from "../../config/registry/registry.ts";
import type { Site } from "../../config/schema/site.ts";
import { ownerOf } from "../../constructs/tenants/owner-app-problems.ts";
import { plural } from "../../world/plural.ts";
import { purge } from "./purge.ts";

/** Deletes what Vault keeps of a user who was removed. @param before the registry with the user */
export async function purgeOwner(site: Site, before: Registry, user: string): Promise<string> {
	const namespaces = before.namespaces
		.filter(({ owners }) => owners.some(({ key }) => key === user))
		.map(({ name }) => name);
	const { entries, deployers } = await purge(await kvAddress(site, user), namespaces);
	return `deleted ${plural(entries.length, "secret")}, revoked the tokens of ${deployers.join(", ") || "no deployer"}`;
}

/** Commands that end the rights of a disabled user, and bindings and tokens made with them. */
export function afterDisabling(user: string): string {
	return [
		"",
		"Their rights end with the first command, tokens and bindings that they made of them with the second:",
		"  infra deploy vault platform woodpecker",
		`  infra owners revoke ${user}`,
	].join("\n");
}

/**
 * Commands that end bindings and tokens which a user made in namespaces that other owners keep; nothing when there are
 * none.
 */
export function* afterHandingOver(before: Registry, after: Registry, user: string): Iterable<string> {
	const had = ownerOf(before, user)?.namespaces ?? [];
	const has = ownerOf(after, user)?.namespaces ?? [];
	const others = had.filter(
		(name) => !has.includes(name) && after.namespaces.some((namespace) => namespace.name === name),
	);
	if (others.length > 0) {
		yield "\nTokens and bindings that they made there end after the deploy with:";
		yield `  infra owners revoke ${user} ${others.map((name) => `--namespace ${name}`).join(" ")}`;
	}
}

/** What is left to do by hand once a user was removed. */
export function leavingChecklist(user: string, { purged }: { readonly purged: boolean }): string {
	return [
		"",
		"Still to do by hand:",
		`  identity provider  take ${user} out of kubernetes-namespace-owners, sops-${user} and Headscale Users`,
		"  VPN                delete the nodes of the person; they stay until the login expires",
		`  CI                 clear the administrator flag of ${user}, which outlives the list, and delete the agent of their organisation`,
		`                     with its token (vault kv metadata delete secret/woodpecker/agents/${user})`,
		...(purged
			? []
			: [`  secrets            secret/${user} is kept: whoever gets that name would inherit it`]),
		`  shared namespaces  infra owners revoke ${user} --namespace <name>, unless that was done before`,
		"  applications       remove the stacks of their namespaces from the repository",
	].join("\n");
}
