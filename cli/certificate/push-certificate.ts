import { Pushgateway } from "../../clients/pushgateway/pushgateway.ts";
import { pushgatewayOf } from "../../clients/pushgateway/site-pushgateway.ts";
import type { Site } from "../../config/schema/site.ts";
import type { CertificateSite, Kept } from "./renew.ts";

/** Group of the Pushgateway that every look replaces as a whole. */
const job = "certificate";

/** Metrics of a look at the certificate, with what each says. */
const metrics = {
	certificate_end_timestamp: "Unix time at which the newest certificate in Vault ends; 0 without one",
	certificate_faults: "What is wrong with it",
	certificate_versions_behind: "Versions of the entry between that and the one that hosts are given",
	certificate_last_look_timestamp: "Unix time of the last look",
} as const;

/**
 * Says to the Pushgateway what a look has seen.
 *
 * @param address of another one than the site's
 * @throws VisibleError when the Pushgateway does not answer, or does not take it
 */
export async function pushCertificate(
	site: Pick<Site, "cluster" | "monitoring" | "endpoints">,
	kept: Kept,
	address = pushgatewayOf(site),
): Promise<void> {
	await new Pushgateway(address, job).replace(certificateMetrics(site, kept, Math.floor(Date.now() / 1000)));
}

/**
 * What a look has seen, in Prometheus' text format.
 *
 * @param now Unix time in seconds
 */
function certificateMetrics(
	{ cluster }: Pick<CertificateSite, "cluster">,
	{ certificate, faults, version }: Kept,
	now: number,
): string {
	const samples: Readonly<Record<keyof typeof metrics, number>> = {
		certificate_end_timestamp: Math.floor((certificate?.notAfter.getTime() ?? 0) / 1000),
		certificate_faults: faults.length,
		certificate_versions_behind: Math.max(0, version - cluster.ingress.certificate.version),
		certificate_last_look_timestamp: now,
	};
	return Object.entries(samples)
		.flatMap(([name, value]) => [
			`# HELP ${name} ${metrics[name as keyof typeof metrics]}`,
			`# TYPE ${name} gauge`,
			`${name} ${value}`,
		])
		.map((line) => `${line}\n`)
		.join("");
}
