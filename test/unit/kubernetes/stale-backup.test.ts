import { expect, test } from "vitest";
import { parseSite } from "../../../config/parse-site.ts";
import lab from "../../../config/sites/lab.ts";
import { loadStacks } from "../../../stacks/catalogue.ts";
import { fromLiteral } from "../../../world/literal.ts";
import type { StackDocument } from "../../../world/world.ts";
import { mergePatch } from "../../merge-patch.ts";
import { testApp } from "../../synth.ts";

const stacks = await loadStacks();

/** A stack of the lab with some of its fields written otherwise. */
async function stackOf(name: string, patch: object): Promise<StackDocument> {
	const app = await testApp(
		stacks.filter((stack) => stack.name === name),
		parseSite(mergePatch(lab, patch)),
	);
	const [stack] = app.stacks;
	if (stack === undefined) throw new Error(`there is no stack ${name}`);
	return stack.synthesizeOnce();
}

/** Seconds after which an alert calls something stale. */
function staleAfter({ resources }: StackDocument, alert: string): number {
	const texts = resources
		.filter(({ type }) => type === "kubernetes_config_map_v1")
		.flatMap(({ arguments: { data } }) => Object.entries((data ?? {}) as Record<string, string>))
		.filter(([file]) => file.endsWith(".rules.yml"))
		.flatMap(([, text]) => JSON.parse(fromLiteral(text)).groups)
		.flatMap(({ rules }) => rules)
		.filter((rule) => rule.alert === alert)
		.map(({ expr }) => /> (\d+)$/.exec(expr)?.[1]);
	expect(texts).toHaveLength(1);
	return Number(texts[0]);
}

const [hour, day] = [3600, 86_400];

test.for([
	// As long as a run may take is the least margin, a day the greatest.
	["0 * * * *", 2 * hour],
	["0 */6 * * *", 9 * hour],
	["@daily", 36 * hour],
	["0 3 * * 0", 8 * day],
	["0 3 * * 1,4", 5 * day],
	["0 3 1 * *", 32 * day],
	["@yearly", 367 * day],
] as const)("a backup of Redis at “%s” is stale after %d seconds", async ([schedule, seconds]) => {
	const stack = await stackOf("redis", { redis: { backup: { schedule } } });
	expect(staleAfter(stack, "RedisBackupStale")).toBe(seconds);
});

test("backups of mail, its probe and its retention follow their own schedules", async () => {
	const stack = await stackOf("mailserver", {
		mail: {
			backup: { schedule: "0 3 * * 0" },
			webmail: { backupSchedule: "0 3 * * *" },
			probe: { schedule: "0 */2 * * *" },
			retention: { schedule: "0 0 * * *" },
		},
	});
	expect(staleAfter(stack, "MailserverBackupStale")).toBe(8 * day);
	expect(staleAfter(stack, "WebmailBackupStale")).toBe(36 * hour);
	expect(staleAfter(stack, "EmailRoundtripStale")).toBe(7 * hour);
	expect(staleAfter(stack, "SpamRetentionStale")).toBe(3.5 * day);
});

test.for([
	["0 3 * * 0", "28d", "28", "4"],
	["0 3 * * *", "28d", "28", "28"],
	["0 3 1 * *", "28d", "28", "1"],
	["0 */6 * * *", "1d", "1", "4"],
] as const)(
	"at “%s” and %s, as many copies are kept whatever their age",
	async ([schedule, retention, days, copies]) => {
		const { resources } = await stackOf("redis", { redis: { backup: { schedule, retention } } });
		const job = JSON.stringify(resources.find(({ type }) => type === "kubernetes_cron_job_v1")?.arguments);
		expect(job).toContain(`{"name":"RETENTION_DAYS","value":"${days}"}`);
		expect(job).toContain(`{"name":"KEEP_COPIES","value":"${copies}"}`);
	},
);
