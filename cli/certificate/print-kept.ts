import { print, printJson } from "../../terminal/output.ts";
import { dateOf, daysLeft } from "./kept-certificate.ts";
import type { CertificateSite, Kept } from "./renew.ts";

/** Prints what the entry has. @returns the exit code: 2 when something is to be done */
export function printKept(site: CertificateSite, kept: Kept, json: boolean): 0 | 2 {
	const { vaultPath, version: used } = site.cluster.ingress.certificate;
	const { certificate, faults, version } = kept;
	const behind = certificate !== undefined && used !== version;
	if (json)
		printJson({
			entry: vaultPath,
			version,
			used,
			...(certificate === undefined ? {} : { ...certificate, daysLeft: daysLeft(certificate) }),
			faults,
		});
	else {
		if (certificate !== undefined) {
			const { names, issuer, notAfter } = certificate;
			print(`${names.join(", ")}: until ${dateOf(notAfter)}, ${daysLeft(certificate)} days, by ${issuer}`);
		}
		for (const fault of faults) print(`to be renewed: ${fault}`);
		if (behind) print(sayNext(site, version));
	}
	return faults.length > 0 || behind ? 2 : 0;
}

/** What makes hosts use a version of the entry. */
export function sayNext(site: CertificateSite, version: number): string {
	const { vaultPath, version: used } = site.cluster.ingress.certificate;
	const entry = `${site.vault.kvMount}/${vaultPath}`;
	if (used === version) return `version ${version} of ${entry} is the one that hosts are given`;
	return `version ${version} of ${entry} has the newest; hosts are given version ${used}. Set cluster.ingress.certificate.version to ${version} in the site, and deploy the stacks that infra affected names`;
}
