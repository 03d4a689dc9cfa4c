import { describe, expect, test } from "vitest";
import { loadSite } from "../../../config/load-site.ts";
import { AlertRulesFile, type Series } from "../harness/alert-rules-file.ts";
import { DeployedStack } from "../harness/deployed-stack.ts";
import { needs } from "../harness/needs.ts";

needs("promtool");

const rules = new AlertRulesFile(new DeployedStack(await loadSite("home"), "vault").files("vault-alerts"));

const active =
	'kube_endpoint_address{namespace="vault", endpoint="vault-active", ready="true", ip="192.0.2.1"}';
const ready = 'kube_statefulset_status_replicas_ready{namespace="vault", statefulset="vault"}';
const volume = (name: string) => (what: string) =>
	`kubelet_volume_stats_${what}_bytes{namespace="vault", persistentvolumeclaim="${name}-vault-0"}`;
const [audit, data] = [volume("audit"), volume("data")];

describe("alerts", () => {
	test("Prometheus accepts the rules", () => {
		expect(() => rules.check()).not.toThrow();
	});

	test.for<[alert: string, series: Series, firing: Record<string, number>]>([
		["VaultWithoutLeader", { [ready]: "3x20" }, { "1m": 0, "2m": 1 }],
		["VaultServerSealed", { [ready]: "2x20" }, { "9m": 0, "10m": 1 }],
		[
			"VaultAuditVolumeFull",
			{ [audit("available")]: "9x20", [audit("capacity")]: "100x20" },
			{ "9m": 0, "10m": 1 },
		],
		[
			"VaultDataVolumeFull",
			{ [data("available")]: "9x20", [data("capacity")]: "100x20" },
			{ "9m": 0, "10m": 1 },
		],
		["VaultDataGrowsFast", { [data("used")]: "10+1x90", [data("capacity")]: "100x90" }, { "80m": 1 }],
	])("%s fires as late as it should", ([alert, series, firing]) => {
		expect(() => rules.expectFiring(alert, series, firing)).not.toThrow();
	});

	test.for<[alert: string, series: Series]>([
		["VaultWithoutLeader", { [active]: "1x30" }],
		["VaultServerSealed", { [ready]: "3x30" }],
		["VaultAuditVolumeFull", { [audit("available")]: "11x30", [audit("capacity")]: "100x30" }],
		["VaultDataVolumeFull", { [data("available")]: "11x30", [data("capacity")]: "100x30" }],
		["VaultDataGrowsFast", { [data("used")]: "10+0.1x90", [data("capacity")]: "100x90" }],
	])("%s is silent while all is well", ([alert, series]) => {
		expect(() => rules.expectFiring(alert, series, { "30m": 0 })).not.toThrow();
	});

	// Thirty days are 720 hours.
	const proven = (kind: string) => `backup_restore_verified_timestamp{kind="${kind}"}`;
	const proof = 'kube_cronjob_created{namespace="vault", cronjob="vault-raft-backup-proof"}';
	test.for<[what: string, series: Series, firing: Record<string, number>]>([
		["after a last proof", { [proven("vault")]: "0x130", [proof]: "0x130" }, { "720h": 0, "726h": 1 }],
		[
			"without any, but for another kind",
			{ [proven("redis")]: "0+21600x130", [proof]: "0x130" },
			{ "720h": 0, "726h": 1 },
		],
		["while proofs come", { [proven("vault")]: "0+21600x130", [proof]: "0x130" }, { "726h": 0 }],
	])("VaultRestoreNotProven looks back thirty days: %s", ([, series, firing]) => {
		expect(() => rules.expectFiring("VaultRestoreNotProven", series, firing, "6h")).not.toThrow();
	});
});
