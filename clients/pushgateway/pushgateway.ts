import { VisibleError } from "../../config/schema/visible-error.ts";
import { exchange, isAddress, jsonObject } from "../http/exchange.ts";

/**
 * The metrics of one job at a Pushgateway. They belong to the group that has no label but the job's.
 *
 * Source: the README of Prometheus' Pushgateway, "API" and "Query API".
 */
export class Pushgateway {
	readonly #base: string;
	readonly #job: string;

	/**
	 * @param address such as `http://pushgateway:9091`
	 *
	 * @throws VisibleError when it is no address
	 */
	constructor(address: string, job: string) {
		if (!isAddress(address))
			throw new VisibleError("the address of the Pushgateway: expected a URL without a login");
		this.#base = address.replace(/\/+$/, "");
		this.#job = job;
	}

	/**
	 * The values of a metric that was pushed, by one of its labels.
	 *
	 * @throws VisibleError when the Pushgateway does not say
	 */
	async read(metric: string, label: string): Promise<ReadonlyMap<string, number>> {
		const url = `${this.#base}/api/v1/metrics`;
		const shown = `GET ${url}`;
		const { status, text } = await exchange({ url, shown, method: "GET", headers: {} });
		const groups = status === 200 ? jsonObject(text)?.data : undefined;
		if (!Array.isArray(groups)) throw new VisibleError(`${shown} answers ${status}, with no metrics`);
		// The Pushgateway adds the labels of the group, an empty `instance` among them, to every series.
		return new Map(
			(groups as readonly Group[])
				.filter((group) => isGroupOf(group, this.#job))
				.flatMap((group) => seriesOf(group, metric))
				.flatMap(({ labels, value }): [string, number][] => {
					const name = labels?.[label];
					return name === undefined || value === undefined ? [] : [[name, Number(value)]];
				}),
		);
	}

	/**
	 * Replaces all metrics of the job in one request: either everything is taken, or nothing.
	 *
	 * @throws VisibleError when they are not taken
	 */
	async replace(metrics: string): Promise<void> {
		const url = `${this.#base}/metrics/job/${encodeURIComponent(this.#job)}`;
		const shown = `PUT ${url}`;
		const headers = { "content-type": "text/plain; version=0.0.4" };
		const { status, text } = await exchange({ url, shown, method: "PUT", headers, body: metrics });
		if (status === 200 || status === 202) return;
		const [words = ""] = text.trim().split("\n");
		throw new VisibleError(
			`${shown} answers ${status}${words === "" ? "" : ` (${words})`}: nothing was pushed`,
		);
	}
}

/** A group in the answer of the Pushgateway: its `labels`, and every metric by name. */
type Group = Readonly<Record<string, unknown>>;

interface Series {
	readonly labels?: Readonly<Record<string, string>>;
	readonly value?: string;
}

/** Whether a group is that of the job alone. */
function isGroupOf({ labels }: Group, job: string): boolean {
	const entries = Object.entries((labels ?? {}) as Readonly<Record<string, string>>);
	return (
		entries.some(([name]) => name === "job") &&
		entries.every(([name, value]) => value === (name === "job" ? job : ""))
	);
}

function seriesOf(group: Group, metric: string): readonly Series[] {
	return (group[metric] as { readonly metrics?: readonly Series[] } | undefined)?.metrics ?? [];
}
