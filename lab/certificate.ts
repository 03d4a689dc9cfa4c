import { readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../clients/host/run.ts";
import { VisibleError } from "../config/schema/visible-error.ts";

/** A certificate that vouches for itself, as PEM. */
export interface LabCertificate {
	readonly fullchain: string;
	readonly privateKey: string;
}

/**
 * A certificate for the names of a domain, for a month.
 *
 * @param folder that no other user can read
 */
export async function selfSigned(folder: string, domain: string): Promise<LabCertificate> {
	const [key, certificate] = [join(folder, "certificate.key"), join(folder, "certificate.pem")];
	const args = [
		...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", `/CN=${domain}`],
		...["-addext", `subjectAltName=DNS:${domain},DNS:*.${domain}`, "-keyout", key, "-out", certificate],
	];
	const { code, stderr } = await run("openssl", args, { env: process.env });
	if (code !== 0) throw new VisibleError(`openssl makes no certificate for ${domain}:\n${stderr.trimEnd()}`);
	return { fullchain: readFileSync(certificate, "utf8"), privateKey: readFileSync(key, "utf8") };
}
