import type { Duration } from "../../config/schema/duration.ts";
import { days, formatDuration, hours, inSeconds } from "../../config/schema/duration.ts";
import type { AlertRule } from "../monitoring/alert-rule.ts";

/** When a daily look at the certificate is late. */
const staleAfter = hours(50);
/** How long a renewed certificate may wait for the deploy that gives it to hosts. */
const patience = days(3);

/**
 * Alerts on what `infra certificate check --push` says, and on its silence (docs/reference/woodpecker.md#alerts).
 *
 * @param renewBefore time before its end from which on a certificate is renewed
 */
export function certificateAlerts(renewBefore: Duration): AlertRule[] {
	const last = "certificate_last_look_timestamp";
	const late = formatDuration(staleAfter);
	return [
		{
			alert: "CertificateEnds",
			// Half of the time in which it was tried every day.
			expr: `certificate_end_timestamp - time() < ${inSeconds(renewBefore) / 2}`,
			for: "1h",
			severity: "critical",
			summary:
				"The site's certificate ends in {{ $value | humanizeDuration }}, and nobody could renew it: the pipeline certificate says why",
		},
		{
			alert: "CertificateNotDeployed",
			expr: "certificate_versions_behind > 0",
			for: formatDuration(patience),
			severity: "warning",
			summary:
				"A renewed certificate waits in Vault: set cluster.ingress.certificate.version in the site to the version that infra certificate check names",
		},
		{
			alert: "CertificateNotLookedAt",
			expr: `time() - ${last} > ${inSeconds(staleAfter)}`,
			for: "30m",
			severity: "warning",
			summary: `Nobody has looked at the site's certificate for ${late}`,
		},
		{
			alert: "CertificateNeverLookedAt",
			expr: `absent(${last})`,
			for: late,
			severity: "warning",
			summary: "Nobody has ever looked at the site's certificate, or the Pushgateway has lost its values",
		},
	];
}
