import { VisibleError } from "../../config/schema/visible-error.ts";
import { exchange, jsonObject } from "../http/exchange.ts";

/** An alert of Prometheus; another value of a label is another alert. */
export interface Alert {
	readonly state: "pending" | "firing";
	readonly labels: Readonly<Record<string, string>>;
}

/**
 * Alerts of a Prometheus that are pending or fire.
 *
 * Source: Prometheus' HTTP API, "Alerts".
 *
 * @param address base URL of the server, without a slash at its end
 * @param within milliseconds for the answer
 * @throws VisibleError when it does not say
 */
export async function readAlerts(address: string, within = 5000): Promise<readonly Alert[]> {
	const url = `${address}/api/v1/alerts`;
	const shown = `GET ${url}`;
	const { status, text } = await exchange({ url, shown, method: "GET", headers: {}, within });
	const data =
		status === 200 ? (jsonObject(text)?.data as { readonly alerts?: unknown } | undefined) : undefined;
	if (!Array.isArray(data?.alerts)) throw new VisibleError(`${shown} answers ${status}, with no alerts`);
	return data.alerts as readonly Alert[];
}

/** What tells an alert from others. */
export function alertKey({ labels }: Alert): string {
	return JSON.stringify(Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1)));
}
