import { renderGauges } from "../../clients/pushgateway/gauges.ts";
import { Pushgateway } from "../../clients/pushgateway/pushgateway.ts";
import { pushgatewayOf } from "../../clients/pushgateway/site-pushgateway.ts";
import type { Site } from "../../config/schema/site.ts";
import type { Kept } from "./renew.ts";

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
	{ certificate, faults, version }: Kept,
	address = pushgatewayOf(site),
): Promise<void> {
	const behind = version - site.cluster.ingress.certificate.version;
	const text = renderGauges(metrics, {
		certificate_end_timestamp: [{ value: Math.floor((certificate?.notAfter.getTime() ?? 0) / 1000) }],
		certificate_faults: [{ value: faults.length }],
		certificate_versions_behind: [{ value: Math.max(0, behind) }],
		certificate_last_look_timestamp: [{ value: Math.floor(Date.now() / 1000) }],
	});
	await new Pushgateway(address, job).replace(text);
}
