import type { KvAddress } from "../../config/registry/kv.ts";
import { ownerNames } from "../../constructs/tenants/owner-names.ts";

/** What was taken away for good. */
export interface Purged {
	/** Entries of the KV engine, all of their versions. */
	readonly entries: readonly string[];
	/** Namespaces whose deployers' tokens have been revoked. */
	readonly deployers: readonly string[];
}

/**
 * Deletes the secrets of somebody who left, history included, and ends the tokens of the deployers: somebody with the
 * same name would inherit the former, and the latter outlive a namespace that others keep.
 *
 * @param at the person's entry
 * @param deployers namespaces whose deployers' leases are revoked
 * @throws Error when Vault does not answer or refuses; what was deleted until then stays deleted
 */
export async function purge(at: KvAddress, deployers: readonly string[]): Promise<Purged> {
	const entries = await entriesBelow(at, at.path);
	for (const entry of entries) await ask(at, "DELETE", `${at.mount}/metadata/${entry}`);
	for (const namespace of deployers)
		await ask(at, "PUT", `sys/leases/revoke-prefix/kubernetes/creds/${ownerNames.deployer(namespace)}`);
	return { entries, deployers };
}

/** The entry itself, if there is one, and all below it. */
async function entriesBelow(at: KvAddress, path: string): Promise<string[]> {
	const own = (await ask(at, "GET", `${at.mount}/metadata/${path}`)) === undefined ? [] : [path];
	const listed = (await ask(at, "LIST", `${at.mount}/metadata/${path}/`)) as
		| { data: { keys: readonly string[] } }
		| undefined;
	const names = new Set((listed?.data.keys ?? []).map((key) => key.replace(/\/$/, "")));
	const below: string[] = [];
	for (const name of names) below.push(...(await entriesBelow(at, `${path}/${name}`)));
	return [...own, ...below];
}

/** The answer; undefined when there is no such thing. */
async function ask({ address, token }: KvAddress, method: string, path: string): Promise<unknown> {
	const response = await fetch(`${address.replace(/\/+$/, "")}/v1/${path}`, {
		method,
		headers: { "X-Vault-Token": token },
		signal: AbortSignal.timeout(10_000),
	});
	const text = await response.text();
	if (response.status === 404) return undefined;
	if (!response.ok) throw new Error(`${method} ${path}: Vault answers ${response.status}`);
	return text === "" ? {} : JSON.parse(text);
}
