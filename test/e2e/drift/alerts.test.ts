import { describe, expect, test } from "vitest";
import { loadSite } from "../../../config/load-site.ts";
import { AlertRulesFile, type Series } from "../harness/alert-rules-file.ts";
import { DeployedStack } from "../harness/deployed-stack.ts";
import { needs } from "../harness/needs.ts";

needs("promtool");

const rules = new AlertRulesFile(
	new DeployedStack(await loadSite("home"), "woodpecker").files("infrastructure-drift-alerts"),
);
/** Series as the Pushgateway serves them, with the labels that it adds. */
const metric = (name: string, stack?: string) =>
	`${name}{instance="", job="drift-detection"${stack === undefined ? "" : `, stack="${stack}"`}}`;
const last = metric("drift_detection_last_run_timestamp");
const age = metric("drift_stack_age_hours", "redis");
const state = metric("drift_stack_state", "redis");
const count = metric("drift_stack_count");
const states = (stacks: number): Series =>
	Object.fromEntries(
		Array.from({ length: stacks }, (_, index) => [metric("drift_stack_state", `s${index}`), "1x60"]),
	);

describe("alerts", () => {
	test("Prometheus accepts the rules", () => {
		expect(() => rules.check()).not.toThrow();
	});

	test.for<[alert: string, series: Series, firing: Record<string, number>]>([
		["DriftDetectionStale", { [last]: "0x1700" }, { "26h29m": 0, "26h31m": 1 }],
		["DriftDetectionNeverRun", { up: "1x1700" }, { "25h59m": 0, "26h": 1 }],
		["DriftStacksNotAsked", { [metric("drift_error_count")]: "1x1700" }, { "25h59m": 0, "26h": 1 }],
		["CodeNotDeployed", { [state]: "3x1700" }, { "25h59m": 0, "26h": 1 }],
		["DriftUnaddressed", { [age]: "73x90" }, { "59m": 0, "60m": 1 }],
		["DriftUnaddressed", { [age]: "48+0.5x120" }, { "108m": 0, "109m": 1 }],
		["DriftStacksMany", { [count]: "11x60", ...states(30) }, { "29m": 0, "30m": 1 }],
		["DriftStacksMany", { [count]: "4x60", ...states(6) }, { "29m": 0, "30m": 1 }],
	])("%s fires as late as it should", ([alert, series, firing]) => {
		expect(() => rules.expectFiring(alert, series, firing)).not.toThrow();
	});

	test.for<[alert: string, series: Series]>([
		["DriftDetectionStale", { [last]: "0+60x60" }],
		["DriftDetectionNeverRun", { [last]: "0x1700" }],
		["DriftStacksNotAsked", { [metric("drift_error_count")]: "0x60" }],
		["CodeNotDeployed", { [state]: "2x60" }],
		["DriftUnaddressed", { [age]: "72x120" }],
		["DriftStacksMany", { [count]: "3x60", ...states(6) }],
		["DriftStacksMany", { [count]: "10x60", ...states(30) }],
	])("%s is silent while all is well", ([alert, series]) => {
		expect(() => rules.expectFiring(alert, series, { "60m": 0 })).not.toThrow();
	});
});
