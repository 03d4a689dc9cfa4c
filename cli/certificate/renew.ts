import { setTimeout as sleep } from "node:timers/promises";
import {
	createAccountKey,
	type OrderedCertificate,
	orderCertificate,
} from "../../clients/acme/order-certificate.ts";
import { askVault, type VaultAccess } from "../../clients/vault/ask-vault.ts";
import { findKv, type KvAddress, KvConflict, putKv } from "../../clients/vault/kv.ts";
import { accountEntry, certificateZones } from "../../config/schema/certificate.ts";
import { seconds } from "../../config/schema/duration.ts";
import type { Site } from "../../config/schema/site.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { interruption } from "../../terminal/interruption.ts";
import { printProgress } from "../../terminal/output.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { ChallengeRecords, type ProvenZone } from "./challenge-records.ts";
import { type Examination, examine } from "./kept-certificate.ts";

/** Parts of a site that say which certificate it has. */
export type CertificateSite = Pick<Site, "cluster" | "network" | "dns" | "vault">;

/** How often a certificate is brought to Vault that does not take it: once lost, it cannot be had again. */
const storing = { attempts: 6, every: seconds(5) } as const;

/** What Vault has, and which version of the entry that is; 0 without one. */
export interface Kept extends Examination {
	readonly version: number;
	/** Keys of the entry beside the certificate and its key. */
	readonly others: Readonly<Record<string, unknown>>;
}

/** @throws VisibleError when Vault cannot be asked */
export async function keptCertificate(site: CertificateSite, vault: VaultAccess): Promise<Kept> {
	const { issuer } = site.cluster.ingress.certificate;
	const entry = await findKv(placeOf(site, vault));
	const names = certificateZones(site).flatMap((zone) => zone.names);
	const { fullchain: _, privkey: __, ...others } = entry?.data ?? {};
	const renewBefore = issuer.kind === "acme" ? issuer.renewBefore : seconds(0);
	return { ...examine(entry?.data, names, renewBefore), version: entry?.version ?? 0, others };
}

/**
 * Orders a new certificate and writes it to Vault, and nowhere else. Nothing is asked of the authority before it is known
 * that the records can be listed and the entry can be written.
 *
 * @returns the version of the entry that has it
 * @throws VisibleError when it cannot be ordered or kept, as when somebody else has written the entry meanwhile
 */
export async function renewCertificate(
	site: CertificateSite,
	vault: VaultAccess,
	{ version, others }: Kept,
	zones: readonly ProvenZone[],
): Promise<number> {
	const { issuer } = site.cluster.ingress.certificate;
	if (issuer.kind !== "acme")
		throw new UsageError(
			"cluster.ingress.certificate.issuer is none: somebody else writes the certificate of the site",
			"give the site an issuer of the kind acme",
		);
	const names = certificateZones(site).flatMap((zone) => zone.names);
	const place = placeOf(site, vault);
	const account = { ...place, path: accountEntry(place.path) };
	await requireWritable(vault, [place, account]);
	const records = new ChallengeRecords(zones);
	for (const name of await records.removeLeft()) printProgress(`removed ${name}, which another run had left`);
	const accountKey = await accountKeyAt(account);
	let ordered: OrderedCertificate;
	try {
		ordered = await untilInterrupted(
			orderCertificate({
				...issuer,
				accountKey,
				names,
				prove: async (challenge) => {
					printProgress(`waiting until every name server has ${challenge.name}`);
					await records.publish(challenge);
				},
			}),
		);
	} finally {
		for (const problem of await records.remove())
			printProgress(`warning: a record stays until the next renewal: ${problem}`);
	}
	const { faults } = examine({ ...ordered }, names, seconds(0));
	if (faults.length > 0)
		throw new VisibleError(`${issuer.directory} gave a certificate that is not kept: ${faults.join("; ")}`);
	return await store(place, { ...others, ...ordered }, version);
}

async function store(
	place: KvAddress,
	data: Readonly<Record<string, unknown>>,
	version: number,
): Promise<number> {
	for (let attempt = 1; ; attempt++) {
		try {
			return await putKv(place, data, version);
		} catch (error) {
			if (error instanceof KvConflict) {
				// An answer that was lost looks like somebody else's version.
				const now = await findKv(place);
				if (now?.version !== undefined && now.data?.privkey === data.privkey) return now.version;
				throw new UsageError(
					`${error.message} since it was read: the certificate that was ordered is not kept`,
					"infra certificate check says what the entry has now",
				);
			}
			if (!(error instanceof VisibleError) || attempt === storing.attempts) throw error;
			printProgress(`${error.message}; the certificate is there and waits for Vault`);
			await sleep(storing.every);
		}
	}
}

async function accountKeyAt(at: KvAddress): Promise<string> {
	const entry = await findKv(at);
	if (typeof entry?.data?.key === "string") return entry.data.key;
	const key = await createAccountKey();
	await putKv(at, { ...entry?.data, key }, entry?.version ?? 0);
	return key;
}

/** @throws VisibleError when the token may not write one of the entries */
async function requireWritable(vault: VaultAccess, places: readonly KvAddress[]): Promise<void> {
	const paths = places.map(({ mount, path }) => `${mount}/data/${path}`);
	const answer = await askVault(vault, {
		method: "POST",
		path: ["sys", "capabilities-self"],
		body: { paths },
	});
	const given = (answer.data ?? {}) as Readonly<Record<string, unknown>>;
	for (const path of paths) {
		const has = (right: string) => Array.isArray(given[path]) && (given[path] as unknown[]).includes(right);
		if (!has("root") && !(has("create") && has("update") && has("read")))
			throw new VisibleError(`the token for Vault may not read and write ${path}, so nothing was ordered`);
	}
}

/** Ends at once when the user wants that; whatever the promise does then is nobody's business. */
async function untilInterrupted<T>(promise: Promise<T>): Promise<T> {
	interruption.throwIfAborted();
	let stop: (() => void) | undefined;
	const interrupted = new Promise<never>((_, reject) => {
		stop = () => reject(interruption.reason);
		interruption.addEventListener("abort", stop);
	});
	try {
		return await Promise.race([promise, interrupted]);
	} finally {
		if (stop !== undefined) interruption.removeEventListener("abort", stop);
	}
}

function placeOf({ cluster, vault: { kvMount } }: CertificateSite, vault: VaultAccess): KvAddress {
	return { ...vault, mount: kvMount, path: cluster.ingress.certificate.vaultPath };
}
