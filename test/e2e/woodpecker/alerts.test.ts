import { describe, expect, test } from "vitest";
import { loadSite } from "../../../config/load-site.ts";
import { AlertRulesFile, type Series } from "../harness/alert-rules-file.ts";
import { DeployedStack } from "../harness/deployed-stack.ts";
import { needs } from "../harness/needs.ts";

needs("promtool");

const rules = new AlertRulesFile(
	new DeployedStack(await loadSite("home"), "woodpecker").files("woodpecker-alerts"),
);
const ready = (set: string) =>
	`kube_statefulset_status_replicas_ready{namespace="woodpecker", statefulset="${set}"}`;
const sync = (what: string) => `ci_secret_sync_${what}{job="vault-woodpecker-sync"}`;

describe("alerts", () => {
	test("Prometheus accepts the rules", () => {
		expect(() => rules.check()).not.toThrow();
	});

	test.for<[alert: string, series: Series, firing: Record<string, number>]>([
		["WoodpeckerServerDown", { [ready("woodpecker-server")]: "0x20" }, { "4m": 0, "5m": 1 }],
		["WoodpeckerServerDown", { [ready("another")]: "1x20" }, { "4m": 0, "5m": 1 }],
		["WoodpeckerOwnerAgentDown", { [ready("agent-alice")]: "0x20" }, { "9m": 0, "10m": 1 }],
		["WoodpeckerInfraAgentDown", { [ready("woodpecker-infra-agent")]: "0x20" }, { "9m": 0, "10m": 1 }],
		["CiSecretSyncFailing", { [sync("failed")]: "2x30" }, { "14m": 0, "15m": 1 }],
		["CiSecretSyncStale", { [sync("last_success_timestamp")]: "0x1000" }, { "15h": 0, "15h11m": 1 }],
		["CiSecretSyncNeverRun", { up: "1x1000" }, { "899m": 0, "15h": 1 }],
	])("%s fires as late as it should", ([alert, series, firing]) => {
		expect(() => rules.expectFiring(alert, series, firing)).not.toThrow();
	});

	test.for<[alert: string, series: Series]>([
		["WoodpeckerServerDown", { [ready("woodpecker-server")]: "1x30" }],
		["WoodpeckerOwnerAgentDown", { [ready("agent-alice")]: "1x30" }],
		["CiSecretSyncFailing", { [sync("failed")]: "0x30" }],
		["CiSecretSyncNeverRun", { [sync("failed")]: "3x30" }],
	])("%s is silent while all is well", ([alert, series]) => {
		expect(() => rules.expectFiring(alert, series, { "30m": 0 })).not.toThrow();
	});
});
