import { randomBytes } from "node:crypto";
import type { Site } from "../config/schema/site.ts";
import { VisibleError } from "../config/schema/visible-error.ts";
import type { Lab } from "./lab-state.ts";
import { askVault } from "./vault-api.ts";

/** Prefix of every generated secret, by which leaks are found. */
export const canary = "canary-";

/** A new random secret. */
export const madeUp = () => `${canary}${randomBytes(12).toString("hex")}`;

/**
 * Writes the entries of the KV engine that the stacks read: random values with a common prefix, so that one that leaks
 * into a state, a plan or a log is found. Existing entries are kept.
 */
export async function seedVault(lab: Lab, { vault, mail, cluster, storage, platform }: Site): Promise<void> {
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
	add(mail.secrets.dkim.path, mail.secrets.dkim.key, madeUp());
	add(mail.webmail.database.password.path, mail.webmail.database.password.key, madeUp());
	add(cluster.ingress.certificate.vaultPath, "fullchain", madeUp());
	add(cluster.ingress.certificate.vaultPath, "privkey", madeUp());
	const { proxmox } = storage.block;
	add(proxmox.token.vaultPath, "token_id", madeUp());
	add(proxmox.token.vaultPath, "token_secret", madeUp());
	add(storage.block.encryption.vaultPath, "encryption_passphrase", madeUp());
	const { tunnel } = platform;
	if (tunnel) add(tunnel.token.path, tunnel.token.key, madeUp());
	const { postgresql } = vault.databases;
	if (postgresql) add(postgresql.password.path, postgresql.password.key, lab.database.password);
	for (const [path, data] of entries) {
		const entry = `${vault.kvMount}/data/${path}`;
		if ((await askVault(lab, "GET", entry)).ok) continue;
		const response = await askVault(lab, "POST", entry, { data });
		if (!response.ok) throw new VisibleError(`${entry} answers ${response.status}: ${await response.text()}`);
	}
}
