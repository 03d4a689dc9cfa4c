import { describe, expect, test } from "vitest";
import { loadSite } from "../../../config/load-site.ts";
import { AlertRulesFile, type Series } from "../harness/alert-rules-file.ts";
import { DeployedStack } from "../harness/deployed-stack.ts";
import { needs } from "../harness/needs.ts";

needs("promtool");

const rules = new AlertRulesFile(
	new DeployedStack(await loadSite("home"), "woodpecker").files("woodpecker-alerts"),
);
const certificate = new AlertRulesFile(
	new DeployedStack(await loadSite("home"), "woodpecker").files("certificate-alerts"),
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

describe("alerts on the certificate", () => {
	test("Prometheus accepts the rules", () => {
		expect(() => certificate.check()).not.toThrow();
	});

	// Time begins at 0, so that a certificate ends so many seconds after the beginning.
	const lasting = (days: number) => ({ certificate_end_timestamp: `${days * 86_400}x6000` });
	test.for<[alert: string, series: Series, firing: Record<string, number>]>([
		["CertificateEnds", lasting(16), { "25h": 0, "26h": 1 }],
		["CertificateEnds", lasting(0), { "59m": 0, "1h": 1 }],
		["CertificateEnds", lasting(60), { "26h": 0, "44d": 0 }],
		["CertificateNotDeployed", { certificate_versions_behind: "1x6000" }, { "71h": 0, "72h": 1 }],
		["CertificateNotDeployed", { certificate_versions_behind: "0x6000" }, { "80h": 0 }],
		["CertificateNotLookedAt", { certificate_last_look_timestamp: "0x6000" }, { "50h": 0, "51h": 1 }],
		["CertificateNeverLookedAt", { up: "1x6000" }, { "49h": 0, "50h": 1 }],
		["CertificateNeverLookedAt", { certificate_last_look_timestamp: "0x6000" }, { "50h": 0 }],
	])("%s fires when it should, and then only", ([alert, series, firing]) => {
		expect(() => certificate.expectFiring(alert, series, firing)).not.toThrow();
	});
});
