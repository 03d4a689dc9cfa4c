import { createSign, generateKeyPairSync } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newAgeKey } from "./age-key.ts";
import { labFolder } from "./lab-state.ts";
import { type MailKey, newMailKey } from "./mail-key.ts";
import { madeUp } from "./seed-vault.ts";

/**
 * What the owner of a bare lab has outside of it, and what a fire does not take: the name of the site, a key of age, the
 * key that the identity provider signs with, the password of the database server, the key that signs mail.
 */
export interface LabOwner {
	readonly site: string;
	/** Public key of age. */
	readonly recipient: string;
	readonly identity: Readonly<Record<"publicKey" | "privateKey", string>>;
	readonly databasePassword: string;
	readonly mailKey: MailKey;
}

const file = join(labFolder, "owner.json");

/** Private key of age of the owner. */
export const ageKeyFile = join(labFolder, "age-keys.txt");

/** Files and folders of the lab's folder that outlive a lab that is lost. */
export const keptEntries: readonly string[] = ["age-keys.txt", "owner.json", "secrets", "state"];

/** Undefined in a lab whose Vault is ready from the start. */
export function readOwner(): LabOwner | undefined {
	return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as LabOwner) : undefined;
}

/** Makes an owner with keys of their own. */
export function makeOwner(site: string): LabOwner {
	const { recipient, identity: ageIdentity } = newAgeKey();
	const identity = generateKeyPairSync("rsa", {
		modulusLength: 2048,
		publicKeyEncoding: { type: "spki", format: "pem" },
		privateKeyEncoding: { type: "pkcs8", format: "pem" },
	});
	const owner: LabOwner = {
		site,
		recipient,
		identity,
		databasePassword: madeUp(),
		mailKey: newMailKey(),
	};
	writeFileSync(ageKeyFile, ageIdentity, { mode: 0o600 });
	writeFileSync(file, JSON.stringify(owner), { mode: 0o600 });
	return owner;
}

/** What the identity provider says of a person whom it has let in (RFC 7519). */
export function signedLogin({ identity }: LabOwner, email: string, groups: readonly string[]): string {
	const now = Math.floor(Date.now() / 1000);
	const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
	const claims = { email, groups, aud: "vault", sub: email, nbf: now - 5, exp: now + 600 };
	const text = `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}`;
	return `${text}.${createSign("RSA-SHA256").update(text).sign(identity.privateKey, "base64url")}`;
}
