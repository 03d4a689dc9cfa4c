import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** Series by name, with their values in promtool's notation, one per interval: `0x60` is an hour of zeros. */
export type Series = Readonly<Record<string, string>>;

/** Rules as they are deployed, tried by Prometheus' own tool. Removed when the tests of the file have ended. */
export class AlertRulesFile {
	readonly #folder = mkdtempSync(join(tmpdir(), "infra-alerts-"));
	readonly #text: string;
	readonly #rules = join(this.#folder, "rules.yml");

	/** @param files of a ConfigMap with one rules file in it */
	constructor(files: Readonly<Record<string, string>>) {
		const [text = ""] = Object.values(files);
		this.#text = text;
		writeFileSync(this.#rules, text);
		afterAll(() => rmSync(this.#folder, { recursive: true }));
	}

	/** @throws with promtool's report when Prometheus would not load the rules */
	check(): void {
		promtool("check", "rules", this.#rules);
	}

	/** Runs `promtool test rules`: how many alerts of a name are firing at each time. @throws with promtool's report */
	expectFiring(
		alert: string,
		series: Series,
		firing: Readonly<Record<string, number>>,
		interval = "1m",
	): void {
		// Silence of an alert that is not there would pass.
		if (!new RegExp(`\\b${alert}\\b`).test(this.#text)) throw new Error(`there is no alert ${alert}`);
		const file = join(this.#folder, `${alert}.test.yml`);
		const test = {
			rule_files: [this.#rules],
			evaluation_interval: interval,
			tests: [
				{
					interval,
					input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
					promql_expr_test: Object.entries(firing).map(([time, count]) => ({
						expr: `count(ALERTS{alertname="${alert}", alertstate="firing"})`,
						eval_time: time,
						exp_samples: count === 0 ? [] : [{ labels: "{}", value: count }],
					})),
				},
			],
		};
		writeFileSync(file, JSON.stringify(test));
		promtool("test", "rules", file);
	}
}

function promtool(...args: string[]): void {
	execFileSync("promtool", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}
