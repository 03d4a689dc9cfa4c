import { VisibleError } from "../../config/schema/visible-error.ts";
import { vaultUrl } from "./vault-url.ts";

/** An entry of Vault's KV version 2 engine. */
export interface KvEntry {
	readonly data: Readonly<Record<string, unknown>>;
	/** Number of the version, increased by every write; a conditional write names the one that was read. */
	readonly version: number;
}

export interface KvAddress {
	/** Base URL of Vault. */
	readonly address: string;
	readonly token: string;
	readonly mount: string;
	/** Path below the mount. */
	readonly path: string;
}

/** The entry was written since it was read. */
export class KvConflict extends VisibleError {
	override readonly name = "KvConflict";
}

const timeout = 10_000;

/**
 * Reads the newest version of an entry (`GET /v1/<mount>/data/<path>`).
 *
 * @throws Error when Vault cannot be reached, refuses, or answers anything but an entry
 */
export async function readKv(at: KvAddress): Promise<KvEntry> {
	const body = await request(at, "GET");
	const { data, metadata } = (body.data ?? {}) as { data?: unknown; metadata?: { version?: unknown } };
	if (typeof data !== "object" || data === null || typeof metadata?.version !== "number")
		throw new VisibleError(`${url(at)} answers with something that is no entry of KV version 2`);
	return { data: data as KvEntry["data"], version: metadata.version };
}

/**
 * Changes single keys of an entry, and only if it still has the version that was read
 * (`PATCH /v1/<mount>/data/<path>` with `cas`). All other keys stay as they are.
 *
 * @throws KvConflict when the version is another one; Error as for reading
 */
export async function patchKv(
	at: KvAddress,
	data: Readonly<Record<string, string>>,
	cas: number,
): Promise<void> {
	await request(at, "PATCH", { options: { cas }, data });
}

function url({ address, mount, path }: KvAddress): string {
	return vaultUrl(address, mount, "data", ...path.split("/"));
}

async function request(
	at: KvAddress,
	method: "GET" | "PATCH",
	body?: object,
): Promise<Record<string, unknown>> {
	let response: Response;
	let text: string;
	try {
		response = await fetch(url(at), {
			method,
			headers: {
				"X-Vault-Token": at.token,
				...(body ? { "Content-Type": "application/merge-patch+json" } : {}),
			},
			...(body ? { body: JSON.stringify(body) } : {}),
			signal: AbortSignal.timeout(timeout),
		});
		text = await response.text();
	} catch (error) {
		const { message, cause } = error as Error & { cause?: { code?: string } };
		throw new VisibleError(`${at.address} cannot be reached: ${cause?.code ?? message}`);
	}
	if (text.includes("check-and-set parameter did not match"))
		throw new KvConflict(`${url(at)} has been changed`);
	if (!response.ok)
		throw new VisibleError(`${url(at)} answers ${response.status}${meanings[response.status] ?? ""}`);
	try {
		return JSON.parse(text) as Record<string, unknown>;
	} catch {
		throw new VisibleError(`${url(at)} answers with something that is no JSON`);
	}
}

const meanings: Readonly<Record<number, string>> = {
	403: ": the token may not do that, or is no longer valid",
	404: ": there is no such entry",
	503: ": Vault is sealed or has no leader",
};
