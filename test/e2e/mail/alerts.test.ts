import { describe, expect, test } from "vitest";
import { loadSite } from "../../../config/load-site.ts";
import { AlertRulesFile, type Series } from "../harness/alert-rules-file.ts";
import { DeployedStack } from "../harness/deployed-stack.ts";
import { needs } from "../harness/needs.ts";

needs("promtool");

const rules = new AlertRulesFile(
	new DeployedStack(await loadSite("lab"), "mailserver").files("mailserver-alerts"),
);

const replicas = (deployment: string) =>
	`kube_deployment_status_replicas_available{namespace="mailserver", deployment="${deployment}"}`;
const probe = (metric: string) => `email_roundtrip_${metric}{job="email-roundtrip-monitor"}`;
const outgoing = (metric: string) => `email_outgoing_${metric}{job="email-roundtrip-monitor"}`;
const login = 'email_login_success{job="email-roundtrip-monitor", listener="imaps"}';
const queue = (metric: string, labels = "") => `mail_queue_${metric}{job="mailserver-queue"${labels}}`;
const deferred = queue("messages", ', queue="deferred"');
const told = queue("last_success_timestamp");
const backup = (what: string) => `kube_cronjob_${what}{namespace="mailserver", cronjob="mailserver-backup"}`;

describe("P44: alerts of mail", () => {
	test("Prometheus accepts the rules", () => {
		expect(() => rules.check()).not.toThrow();
	});

	test.for<[alert: string, series: Series, firing: Record<string, number>]>([
		["MailServerDown", { [replicas("mailserver")]: "0x20" }, { "4m": 0, "5m": 1 }],
		// Gone with its Deployment: there is no series at all.
		["MailServerDown", { [replicas("roundcubemail")]: "1x20" }, { "4m": 0, "5m": 1 }],
		["WebmailDown", { [replicas("mailserver")]: "1x20" }, { "14m": 0, "15m": 1 }],
		// One failure in an hour of good runs is not told, three in a row are.
		["EmailRoundtripFailing", { [probe("success")]: "1x10 0x20 1x60" }, { "20m": 0, "40m": 0, "90m": 0 }],
		["EmailRoundtripFailing", { [probe("success")]: "0x120" }, { "59m": 0, "60m": 1 }],
		["EmailRoundtripStale", { [probe("last_success_timestamp")]: "0x120" }, { "79m": 0, "81m": 1 }],
		["EmailRoundtripNeverRun", { [replicas("mailserver")]: "1x120" }, { "69m": 0, "70m": 1 }],
		["EmailRoundtripNeverRun", { [probe("success")]: "0x120" }, { "75m": 0 }],
		["EmailLoginFailing", { [login]: "0x120" }, { "59m": 0, "60m": 1 }],
		["EmailQueueOld", { [queue("oldest_seconds")]: "0+60x120" }, { "65m": 0, "66m": 1 }],
		// Old already when Prometheus begins to look, then gone, then old again.
		[
			"EmailQueueOld",
			{ [queue("oldest_seconds")]: "9000x9 0x9 9000x20" },
			{ "4m": 0, "5m": 1, "10m": 0, "26m": 1 },
		],
		["EmailQueueLong", { [deferred]: "26x60" }, { "14m": 0, "15m": 1 }],
		["EmailQueueLong", { [deferred]: "26x10 25x10 26x10" }, { "15m": 0, "25m": 0, "30m": 0 }],
		// Told once and never again; never told, by a server that runs; and told again.
		["EmailQueueUnknown", { [told]: "0x60" }, { "20m": 0, "21m": 1 }],
		["EmailQueueUnknown", { [replicas("mailserver")]: "1x60" }, { "9m": 0, "10m": 1 }],
		["EmailQueueUnknown", { [told]: "_x14 900+60x30" }, { "13m": 1, "16m": 0, "40m": 0 }],
		["EmailOutgoingFailing", { [outgoing("success")]: "0x120" }, { "59m": 0, "60m": 1 }],
		["EmailOutgoingUnauthenticated", { [outgoing("authenticated")]: "0x120" }, { "59m": 0, "60m": 1 }],
	])("%s fires as late as it should", ([alert, series, firing]) => {
		expect(() => rules.expectFiring(alert, series, firing)).not.toThrow();
	});

	test.for<[alert: string, series: Series]>([
		["MailServerDown", { [replicas("mailserver")]: "1x30" }],
		["WebmailDown", { [replicas("roundcubemail")]: "1x30" }],
		["EmailRoundtripFailing", { [probe("success")]: "1x30" }],
		["EmailLoginFailing", { [login]: "1x30" }],
		["EmailQueueOld", { [queue("oldest_seconds")]: "3600x30" }],
		["EmailQueueLong", { [deferred]: "25x30" }],
		["EmailQueueUnknown", { [told]: "0+60x30" }],
		["EmailOutgoingFailing", { [outgoing("success")]: "1x30" }],
		["EmailOutgoingUnauthenticated", { [outgoing("authenticated")]: "1x30" }],
	])("%s is silent while all is well", ([alert, series]) => {
		expect(() => rules.expectFiring(alert, series, { "30m": 0 })).not.toThrow();
	});

	// 36 hours after the last success, and for as long without a first one.
	test.for<[alert: string, series: Series, firing: Record<string, number>]>([
		[
			"MailserverBackupStale",
			{ [backup("status_last_successful_time")]: "0x300" },
			{ "36h30m": 0, "36h40m": 1 },
		],
		["MailserverBackupNeverSucceeded", { [backup("created")]: "1x300" }, { "35h50m": 0, "36h": 1 }],
	])("%s fires no sooner than a day and a half has passed", ([alert, series, firing]) => {
		expect(() => rules.expectFiring(alert, series, firing, "10m")).not.toThrow();
	});

	// Thirty days are 720 hours.
	const proven = (kind: string) => `backup_restore_verified_timestamp{kind="${kind}"}`;
	const proof = 'kube_cronjob_created{namespace="mailserver", cronjob="mailserver-backup-proof"}';
	test.for<[what: string, series: Series, firing: Record<string, number>]>([
		["after a last proof", { [proven("mail")]: "0x130", [proof]: "0x130" }, { "720h": 0, "726h": 1 }],
		[
			"without any, but for another kind",
			{ [proven("webmail")]: "0+21600x130", [proof]: "0x130" },
			{ "720h": 0, "726h": 1 },
		],
		["while proofs come", { [proven("mail")]: "0+21600x130", [proof]: "0x130" }, { "726h": 0 }],
	])("MailserverRestoreNotProven looks back thirty days: %s", ([, series, firing]) => {
		expect(() => rules.expectFiring("MailserverRestoreNotProven", series, firing, "6h")).not.toThrow();
	});
});
