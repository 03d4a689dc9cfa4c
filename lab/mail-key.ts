import { generateKeyPairSync } from "node:crypto";

/** Halves of the key that signs a lab's mail, as PEM: its pod starts with none that is not the published one. */
export type MailKey = Readonly<Record<"publicKey" | "privateKey", string>>;

export function newMailKey(): MailKey {
	return generateKeyPairSync("rsa", {
		modulusLength: 2048,
		publicKeyEncoding: { type: "spki", format: "pem" },
		privateKeyEncoding: { type: "pkcs8", format: "pem" },
	});
}
