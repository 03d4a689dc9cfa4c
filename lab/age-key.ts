import { generateKeyPairSync } from "node:crypto";
import { bech32Alphabet, bech32Checksum } from "../config/schema/age-recipient.ts";

/** A pair of keys as age-keygen(1) makes it; SOPS, which reads both, judges the checksum. */
export function newAgeKey(): { readonly recipient: string; readonly identity: string } {
	const { publicKey, privateKey } = generateKeyPairSync("x25519");
	const { x = "" } = publicKey.export({ format: "jwk" });
	const { d = "" } = privateKey.export({ format: "jwk" });
	return {
		recipient: bech32("age", Buffer.from(x, "base64url")),
		identity: bech32("age-secret-key-", Buffer.from(d, "base64url")).toUpperCase(),
	};
}

/** Bech32 of BIP 173, without its limit of length. */
function bech32(prefix: string, bytes: Uint8Array): string {
	const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
	const values = (bits.match(/.{1,5}/g) ?? []).map((five) => Number.parseInt(five.padEnd(5, "0"), 2));
	const codes = [...prefix].map((letter) => letter.charCodeAt(0));
	const expanded = [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)];
	const sum = bech32Checksum([...expanded, ...values, 0, 0, 0, 0, 0, 0]) ^ 1;
	const check = [5, 4, 3, 2, 1, 0].map((place) => (sum >>> (5 * place)) & 31);
	return `${prefix}1${[...values, ...check].map((value) => bech32Alphabet[value]).join("")}`;
}
