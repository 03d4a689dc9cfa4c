import { generateKeyPairSync } from "node:crypto";

const alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

/** A pair of keys as age-keygen(1) makes it. */
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
	const sum = polymod([...expanded, ...values, 0, 0, 0, 0, 0, 0]) ^ 1;
	const check = [5, 4, 3, 2, 1, 0].map((place) => (sum >>> (5 * place)) & 31);
	return `${prefix}1${[...values, ...check].map((value) => alphabet[value]).join("")}`;
}

function polymod(values: readonly number[]): number {
	let sum = 1;
	for (const value of values) {
		const top = sum >>> 25;
		sum = ((sum & 0x1ffffff) << 5) ^ value;
		for (const [bit, factor] of generator.entries()) if ((top >>> bit) & 1) sum ^= factor;
	}
	return sum >>> 0;
}
