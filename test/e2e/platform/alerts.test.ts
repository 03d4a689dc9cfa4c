import { describe, expect, test } from "vitest";
import { loadSite } from "../../../config/load-site.ts";
import { AlertRulesFile, type Series } from "../harness/alert-rules-file.ts";
import { DeployedStack } from "../harness/deployed-stack.ts";
import { needs } from "../harness/needs.ts";

needs("promtool");

const rules = new AlertRulesFile(
	new DeployedStack(await loadSite("home"), "platform").files("tunnel-alerts"),
);
const ready = 'kube_deployment_status_replicas_ready{namespace="cloudflared", deployment="cloudflared"}';

describe("alerts", () => {
	test("Prometheus accepts the rules", () => {
		expect(() => rules.check()).not.toThrow();
	});

	test.for<[alert: string, series: Series, firing: Record<string, number>]>([
		["TunnelDown", { [ready]: "0x40" }, { "4m": 0, "5m": 1 }],
		["TunnelDown", {}, { "4m": 0, "5m": 1 }],
		["TunnelDegraded", { [ready]: "2x40" }, { "29m": 0, "30m": 1 }],
	])("%s fires as late as it should, with %j", ([alert, series, firing]) => {
		expect(() => rules.expectFiring(alert, series, firing)).not.toThrow();
	});

	test.for<[alert: string, series: Series]>([
		["TunnelDown", { [ready]: "1x40" }],
		["TunnelDegraded", { [ready]: "3x40" }],
	])("%s is silent while all is well", ([alert, series]) => {
		expect(() => rules.expectFiring(alert, series, { "40m": 0 })).not.toThrow();
	});
});
