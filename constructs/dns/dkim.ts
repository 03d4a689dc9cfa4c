import { createPublicKey, type KeyObject } from "node:crypto";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { mustBegin, parseTagList, unknownOrMalformed } from "./tag-list.ts";

/** Shortest RSA key that verifiers accept, in bits (RFC 8301 section 3.2). */
const shortestKey = 1024;

/** Bytes before the key itself in the DER form of an Ed25519 key (RFC 8410 section 4). */
const ed25519Prefix = Buffer.from("302a300506032b6570032100", "hex");

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const tags = {
	v: /^DKIM1$/,
	h: /^(?:sha1|sha256)(?:\s*:\s*(?:sha1|sha256))*$/,
	k: /^(?:rsa|ed25519)$/,
	n: /^/,
	p: base64,
	s: /^(?:\*|email)(?:\s*:\s*(?:\*|email))*$/,
	t: /^[ys](?:\s*:\s*[ys])*$/,
};

/**
 * The record by which receivers check a signature (RFC 6376 section 3.6.1).
 *
 * @param pem public key, RSA or Ed25519; of a private key, its public half is taken
 * @throws Error when it is no such key, or an RSA key of less than 1024 bits
 */
export function dkimRecord(pem: string): string {
	const key = readKey(() => createPublicKey(pem));
	const problem = keyProblem(key);
	if (key === undefined || problem !== undefined) throw new VisibleError(`the DKIM key ${problem}`);
	const der = key.export({ type: "spki", format: "der" });
	const data = key.asymmetricKeyType === "ed25519" ? der.subarray(ed25519Prefix.length) : der;
	return `v=DKIM1; h=sha256; k=${key.asymmetricKeyType}; p=${data.toString("base64")}`;
}

/** Everything that is wrong with the record of a DKIM key. An empty `p` is right: it revokes the key. */
export function* dkimProblems(record: string): Iterable<string> {
	const list = parseTagList(record);
	yield* list.problems;
	// Optional, but a record without it is taken for something else by its readers here.
	yield* mustBegin(list.tags, "DKIM1");
	yield* unknownOrMalformed(list.tags, tags);
	const data = list.tags.get("p");
	if (data === undefined) yield "p, the key, is missing";
	if (list.tags.get("h")?.includes("sha256") === false) yield "h must allow sha256 (RFC 8301)";
	if (!data || !base64.test(data)) return;
	const kind = list.tags.get("k") ?? "rsa";
	const der = Buffer.from(data, "base64");
	const key = readKey(() =>
		createPublicKey({
			key: kind === "ed25519" ? Buffer.concat([ed25519Prefix, der]) : der,
			format: "der",
			type: "spki",
		}),
	);
	const problem = keyProblem(key, kind);
	if (problem !== undefined) yield `p ${problem}`;
}

function readKey(read: () => KeyObject): KeyObject | undefined {
	try {
		return read();
	} catch {
		return undefined;
	}
}

function keyProblem(key: KeyObject | undefined, kind?: string): string | undefined {
	const type = key?.asymmetricKeyType;
	if (key === undefined || (type !== "rsa" && type !== "ed25519") || (kind !== undefined && kind !== type))
		return `is no public key of type ${kind ?? "rsa or ed25519"}`;
	const bits = key.asymmetricKeyDetails?.modulusLength;
	return bits !== undefined && bits < shortestKey
		? `has ${bits} bits; expected ${shortestKey} or more`
		: undefined;
}
