import { type Alert, alertKey, readAlerts } from "../../clients/prometheus/alerts.ts";
import { httpUrl } from "../../config/schema/endpoints.ts";
import type { Site } from "../../config/schema/site.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { foreignText } from "../../world/foreign-text.ts";

/** Alerts at one time, or why they are not known. */
export type KnownAlerts = { readonly alerts: readonly Alert[] } | { readonly unknown: string };

/** Asks the Prometheus of a site, where it can be reached from here. */
export async function alertsNow({
	endpoints,
	monitoring,
}: Pick<Site, "endpoints" | "monitoring">): Promise<KnownAlerts> {
	try {
		const prometheus = endpoints[monitoring.prometheus];
		if (prometheus === undefined) throw new VisibleError(`the site has no endpoint ${monitoring.prometheus}`);
		return { alerts: await readAlerts(httpUrl(prometheus)) };
	} catch (error) {
		if (error instanceof VisibleError) return { unknown: error.message };
		throw error;
	}
}

/** Alerts that have come since, the pending ones apart: they may yet go. */
export interface NewAlerts {
	readonly firing: readonly Alert[];
	readonly pending: readonly Alert[];
}

/** What fires now and did not before, and what is pending now and was neither. */
export function newAlerts(before: readonly Alert[], now: readonly Alert[]): NewAlerts {
	const fired = new Set(before.filter(({ state }) => state === "firing").map(alertKey));
	const known = new Set(before.map(alertKey));
	return {
		firing: now.filter((alert) => alert.state === "firing" && !fired.has(alertKey(alert))),
		pending: now.filter((alert) => alert.state === "pending" && !known.has(alertKey(alert))),
	};
}

/** Name and labels of an alert, as one text. */
export function alertText({ labels: { alertname = "an alert without a name", ...labels } }: Alert): string {
	const rest = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
	return foreignText(rest.length === 0 ? alertname : `${alertname} (${rest.join(", ")})`);
}
