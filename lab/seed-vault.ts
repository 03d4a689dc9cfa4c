import { randomBytes } from "node:crypto";
import { askVault, findInVault } from "../clients/vault/ask-vault.ts";
import { mailDomains } from "../config/schema/mail-domains.ts";
import { vaultEntries } from "../world/vault-entries.ts";
import type { World } from "../world/world.ts";
import { type Lab, vaultOf } from "./lab-state.ts";

/** Prefix of every generated secret, by which leaks are found. */
export const canary = "canary-";

/** A new random secret. */
export const madeUp = () => `${canary}${randomBytes(12).toString("hex")}`;

/**
 * Writes the entries of the KV engine that the stacks read, and what their ExternalSecrets name: random values with a
 * common prefix, so that one that leaks into a state, a plan or a log is found. What an entry has is kept.
 */
export async function seedVault(lab: Lab, world: World): Promise<void> {
	const access = vaultOf(lab);
	for (const [entry, data] of madeUpEntries(lab, world)) {
		const path = [world.site.vault.kvMount, "data", ...entry.split("/")];
		const found = await findInVault(access, { path });
		const kept = (found?.data as { data?: Record<string, string> } | undefined)?.data ?? {};
		if (Object.keys(data).some((key) => kept[key] === undefined))
			await askVault(access, { method: "POST", path, body: { data: { ...data, ...kept } } });
	}
}

/** Keys and values of every entry that the stacks read, made up in the shape that their readers expect. */
export function madeUpEntries(
	lab: Pick<Lab, "database" | "mailKey" | "certificate">,
	world: World,
): ReadonlyMap<string, Readonly<Record<string, string>>> {
	const { vault, mail, cluster, storage, platform } = world.site;
	const entries = new Map<string, Record<string, string>>();
	const add = (path: string, key: string, value: string) =>
		entries.set(path, { ...entries.get(path), [key]: value });
	add(
		mail.secrets.accounts.path,
		mail.secrets.accounts.key,
		JSON.stringify(Object.fromEntries(mail.accounts.map((account) => [account, madeUp()]))),
	);
	add(
		mail.secrets.relay.path,
		mail.secrets.relay.key,
		`[${mail.relay.host}]:${mail.relay.port} ${madeUp()}:${madeUp()}`,
	);
	// What reads a key skips what stands before it.
	const [signer, ...others] = mailDomains(world.site).map(({ key }) => key);
	if (signer) add(signer.path, signer.key, `${madeUp()}\n${lab.mailKey}`);
	for (const { path, key } of others) add(path, key, madeUp());
	add(mail.webmail.database.password.path, mail.webmail.database.password.key, madeUp());
	const { vaultPath } = cluster.ingress.certificate;
	// No secret: who serves it names it in its log when it is none.
	add(vaultPath, "fullchain", lab.certificate?.fullchain ?? "certificate");
	add(vaultPath, "privkey", `${madeUp()}\n${lab.certificate?.privateKey ?? ""}`);
	const { proxmox } = storage.block;
	add(proxmox.token.vaultPath, "token_id", madeUp());
	add(proxmox.token.vaultPath, "token_secret", madeUp());
	add(storage.block.encryption.vaultPath, "encryption_passphrase", madeUp());
	const { tunnel } = platform;
	if (tunnel) add(tunnel.token.path, tunnel.token.key, madeUp());
	const { postgresql } = vault.databases;
	if (postgresql) add(postgresql.password.path, postgresql.password.key, lab.database.password);
	const { relayKey } = mail.probe;
	add(relayKey.path, relayKey.key, base64(JSON.stringify({ api_key: madeUp() })));
	for (const { path, key, when } of vaultEntries(world))
		if (when === "run" && key !== undefined && entries.get(path)?.[key] === undefined)
			add(path, key, madeUp());
	return entries;
}

const base64 = (text: string) => Buffer.from(text).toString("base64");
