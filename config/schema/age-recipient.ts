/** Letters of Bech32 by their values (BIP 173). */
export const bech32Alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

/**
 * Whether a text is a public key of age, X25519 (`age1…`) or post-quantum (`age1pq1…`), with the checksum of Bech32
 * (BIP 173) in order: a key with a typing error would be noticed at the first write of a state.
 */
export function isAgeRecipient(text: string): boolean {
	const [, prefix = "", data = ""] = /^(age|age1pq)1([02-9ac-hj-np-z]{58,})$/.exec(text) ?? [];
	if (data === "") return false;
	const letters = [...prefix].map((letter) => letter.charCodeAt(0));
	const values = [
		...letters.map((code) => code >> 5),
		0,
		...letters.map((code) => code & 31),
		...[...data].map((letter) => bech32Alphabet.indexOf(letter)),
	];
	return bech32Checksum(values) === 1;
}

/** Checksum of values of five bits, 1 where it is in order (BIP 173). */
export function bech32Checksum(values: readonly number[]): number {
	let sum = 1;
	for (const value of values) {
		const top = sum >>> 25;
		sum = ((sum & 0x1ffffff) << 5) ^ value;
		for (const [bit, factor] of generator.entries()) if ((top >>> bit) & 1) sum ^= factor;
	}
	return sum >>> 0;
}
