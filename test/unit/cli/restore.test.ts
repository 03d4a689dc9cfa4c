import { describe, expect, onTestFinished, test, vi } from "vitest";
import { choosePoint } from "../../../cli/restore/choose-point.ts";
import { mailRestoration } from "../../../cli/restore/mail.ts";
import { openRestoration } from "../../../cli/restore/open-restoration.ts";
import { redisRestoration } from "../../../cli/restore/redis.ts";
import { describePoint } from "../../../cli/restore/restoration.ts";
import type { Target } from "../../../clients/host/target.ts";
import { loadSite } from "../../../config/load-site.ts";
import { loadStacks } from "../../../stacks/catalogue.ts";
import { testApp } from "../../synth.ts";

const names = [
	"notes",
	"redis-20260118-030000.rdb",
	"redis-20260119-030000.rdb",
	"redis-20260120-030000.rdb.part",
];
const storage: Target = {
	name: "storage",
	run: async () => ({ code: 0, stdout: names.join("\n"), stderr: "" }),
};
const now = new Date("2026-01-20T03:00:00Z");

interface Cluster {
	/** Condition of the job that is made. */
	readonly ends?: "Complete" | "Failed";
	/** Jobs that are there already. */
	readonly jobs?: readonly object[];
	/** Names of the pods that have the volume of the mail server. */
	readonly pods?: () => readonly string[];
	/** Looks at the job that go unanswered. */
	readonly unanswered?: number;
	/** Replicas of the mail server, and those that a killed restore has written down. */
	readonly replicas?: number;
	readonly before?: string;
	/** A call that the cluster does not answer. */
	readonly dead?: RegExp;
	/** Jobs that are found once one was made. */
	readonly later?: readonly object[];
}

/** Answers as kubectl does, and keeps what it was asked. */
function cluster({
	ends = "Complete",
	jobs = [],
	pods = () => [],
	unanswered = 0,
	later = jobs,
	replicas = 1,
	before,
	dead = /(?!)/,
}: Cluster = {}) {
	const calls: string[] = [];
	let looks = 0;
	let failures = 0;
	const using = (readOnly: boolean) => ({
		nodeName: "node-1",
		containers: [{ name: "one", volumeMounts: [{ name: "data", mountPath: "/volume", readOnly }] }],
		volumes: [{ name: "data", persistentVolumeClaim: { claimName: "mail-data" } }],
	});
	const container = {
		name: "restore",
		env: [
			{ name: "FILE", value: "" },
			{ name: "HOST", value: "redis" },
		],
	};
	const job = { spec: { template: { spec: { containers: [container] } } } };
	const answer = (args: readonly string[]): object | string => {
		const text = args.join(" ");
		if (text.includes("get jobs"))
			return { items: calls.some((call) => call.includes("create -f -")) ? later : jobs };
		if (text.includes("get deployment/"))
			return { spec: { replicas }, metadata: { annotations: { "infra/replicas-before-restore": before } } };
		if (text.includes("get cronjob/"))
			return { spec: { jobTemplate: { spec: { template: { spec: using(false) } } } } };
		if (text.includes("--dry-run")) return job;
		if (text.includes("get job "))
			return looks++ === 0 ? { status: {} } : { status: { conditions: [{ type: ends, status: "True" }] } };
		if (text.includes("get pods"))
			return { items: pods().map((name) => ({ metadata: { name }, spec: using(true) })) };
		return text.includes("logs") ? "500 keys, errors: 0" : "";
	};
	const kubectl = async (args: readonly string[], input = "") => {
		calls.push([...args, input].join(" ").trim());
		if (args.join(" ").includes("get job ") && failures++ < unanswered)
			return { code: 1, stdout: "", stderr: "the server is gone" };
		if (dead.test(args.join(" "))) return { code: 1, stdout: "", stderr: "connection refused" };
		const said = answer(args);
		return { code: 0, stdout: typeof said === "string" ? said : JSON.stringify(said), stderr: "" };
	};
	return { calls, kubectl };
}

const quick = 1;

describe("Redis", () => {
	test("is restored by a job of its own, from a file that is there", async () => {
		const { calls, kubectl } = cluster();
		const restoration = redisRestoration("/srv/nfs/redis-backup", "redis", storage, kubectl, true, quick);
		const points = await restoration.points();
		expect(points).toEqual(names.slice(1, 3));
		expect(await restoration.restore(points[0] ?? "")).toBe("500 keys, errors: 0");
		const made = calls.find((call) => call.includes("create -f -")) ?? "";
		const { env } = JSON.parse(made.slice(made.indexOf("{"))).spec.template.spec.containers[0];
		expect(env).toEqual([
			{ name: "HOST", value: "redis" },
			{ name: "FILE", value: names[1] },
			{ name: "EXISTING", value: "replace" },
		]);
	});

	test("is left alone while another restore runs, and a job that fails is said with its log", async () => {
		const running = cluster({ jobs: [{ metadata: { name: "redis-restore-1" }, status: { active: 1 } }] });
		const of = ({ kubectl }: ReturnType<typeof cluster>) =>
			redisRestoration("/srv/nfs/redis-backup", "redis", storage, kubectl, false, quick).restore("x");
		await expect(of(running)).rejects.toThrow("redis/redis-restore-1 is still running");
		expect(running.calls.join()).not.toContain("create");
		const ended = {
			metadata: { name: "redis-restore-0" },
			status: { conditions: [{ type: "Failed", status: "True" }] },
		};
		await expect(of(cluster({ ends: "Failed", jobs: [ended] }))).rejects.toThrow(
			"can be repeated:\n500 keys",
		);
	});
});

describe("mail", () => {
	const scales = (calls: readonly string[]) => calls.flatMap((call) => /--replicas=\d/.exec(call) ?? []);
	const of = ({ kubectl }: ReturnType<typeof cluster>) =>
		mailRestoration("/srv/nfs/mailserver-backup", storage, kubectl, false, quick).restore("2026-W03");

	test("is restored while its server is stopped", async () => {
		let looks = 0;
		const lab = cluster({ pods: () => (looks++ < 2 ? ["mailserver-x"] : []) });
		expect(await of(lab)).toContain("keys");
		expect(scales(lab.calls)).toEqual(["--replicas=0", "--replicas=1"]);
		const at = (text: string) => lab.calls.findIndex((call) => call.includes(text));
		expect(at("create -f -")).toBeGreaterThan(lab.calls.findLastIndex((call) => call.includes("get pods")));
		expect(at("--replicas=1")).toBeGreaterThan(at("logs"));
	});

	test("runs again when the restore fails, and when the server does not stop", async () => {
		const failed = cluster({ ends: "Failed" });
		await expect(of(failed)).rejects.toThrow("has failed");
		expect(scales(failed.calls)).toEqual(["--replicas=0", "--replicas=1"]);
		const stuck = cluster({ pods: () => ["mailserver-x"] });
		await expect(of(stuck)).rejects.toThrow("nothing was restored (mailserver-x)");
		expect(scales(stuck.calls)).toEqual(["--replicas=0", "--replicas=1"]);
		expect(stuck.calls.join()).not.toContain("create");
	});

	const running = { metadata: { name: "mailserver-restore-1" }, status: { active: 1 } };

	test("stays stopped when somebody had stopped it, and runs again when a killed restore had", async () => {
		const stopped = cluster({ replicas: 0 });
		expect(await of(stopped)).toContain("keys");
		expect(scales(stopped.calls)).toEqual([]);
		const killed = cluster({ replicas: 0, before: "2" });
		expect(await of(killed)).toContain("keys");
		expect(scales(killed.calls)).toEqual(["--replicas=0", "--replicas=2"]);
	});

	test.for([
		["is not heard of when it is stopped", /--replicas=0/],
		["dies before the server is started again", /--replicas=1/],
	] as const)("that the cluster %s: it is tried, and said what is stopped", async ([, dead]) => {
		const lab = cluster({ dead });
		const outcome = expect(of(lab)).rejects;
		if (dead.test("--replicas=1"))
			await outcome.toThrow("stays stopped: repeat the restore then, or: kubectl -n mailserver scale");
		else await outcome.toThrow("connection refused");
		expect(scales(lab.calls)).toEqual(["--replicas=0", "--replicas=1"]);
	});

	test("is neither stopped nor started beside a job that a killed command has left", async () => {
		const lab = cluster({ jobs: [running] });
		await expect(of(lab)).rejects.toThrow("mailserver/mailserver-restore-1 is still running");
		expect(scales(lab.calls)).toEqual([]);
	});

	test("stays stopped while its job goes on, though the cluster no longer answers about it", async () => {
		const lab = cluster({ unanswered: 1000, later: [running] });
		await expect(of(lab)).rejects.toThrow("mailserver/mailserver stays stopped: repeat the restore then");
		expect(scales(lab.calls)).toEqual(["--replicas=0"]);
		const soon = cluster({ unanswered: 20 });
		expect(await of(soon)).toContain("keys");
		expect(scales(soon.calls)).toEqual(["--replicas=0", "--replicas=1"]);
	});
});

describe("a point", () => {
	const of = { name: "redis", place: "storage:/srv" };
	const points = ["redis-20260118-030000.rdb", "redis-20260119-030000.rdb", "redis-20300101-000000.rdb"];

	test("is named, or is the newest that is not of the future", () => {
		expect(choosePoint(of, points, "latest", now)).toBe(points[1]);
		expect(choosePoint(of, points, points[2] ?? "", now)).toBe(points[2]);
		expect(describePoint(points[2] ?? "", now)).toContain("which is of the future");
		expect(describePoint(points[1] ?? "", now)).toBe("redis-20260119-030000.rdb, 24 hours old");
		expect(describePoint("2026-W03", now)).toBe("2026-W03");
		const weeks = ["2026-W03", "2026-W04", "2026-W05", "2027-W04"];
		expect(choosePoint(of, weeks, "latest", now)).toBe("2026-W04");
		expect(describePoint("2026-W05", now)).toBe("2026-W05, which is of the future");
	});

	test.for(["America/Los_Angeles", "Pacific/Kiritimati"])(
		"that was made an hour ago is the newest for an operator in %s",
		(zone) => {
			vi.stubEnv("TZ", zone);
			onTestFinished(() => void vi.unstubAllEnvs());
			const hourly = ["redis-20260120-020000.rdb", "redis-20260120-040000.rdb"];
			expect(choosePoint(of, hourly, "latest", now)).toBe(hourly[0]);
			expect(describePoint(hourly[0] ?? "", now)).toContain("1 hours old");
			expect(choosePoint(of, ["2026-W03", "2026-W04"], "latest", new Date("2026-01-19T00:00:01Z"))).toBe(
				"2026-W04",
			);
		},
	);

	test("that is not there is refused, with those that are", () => {
		expect(() => choosePoint(of, points, "redis-2026", now)).toThrow("has no such point of redis");
		expect(() => choosePoint(of, [], "latest", now)).toThrow("nothing of redis is in storage:/srv");
		expect(() => choosePoint(of, points.slice(2), "latest", now)).toThrow("no such point");
	});
});

test.for([
	[{ kind: "redis", replace: false }, "storage:/srv/nfs/redis-backup"],
	[{ kind: "mail", replace: true }, "storage:/srv/nfs/mailserver-backup"],
	[{ kind: "vault", replace: false }, "storage:/srv/nfs/vault-backup"],
] as const)("%o has its points where the stacks put its backups", async ([choice, place]) => {
	const app = await testApp(await loadStacks(), await loadSite("home"));
	const world = { site: app.site, stacks: app.check().documents };
	expect(openRestoration(world, storage, choice).place).toBe(place);
	for (const [wrong, message] of [
		[{ kind: "mial", replace: false }, "no such kind of data: mial"],
		[{ kind: "claim", replace: false }, "which claim?"],
		[{ kind: "redis", name: "redis", replace: false }, "redis: there is one redis only"],
		[{ kind: "vault", replace: true }, "--replace: vault is always replaced"],
		[{ kind: "claim", name: "a/b", replace: true }, "--replace: a claim is always replaced"],
	] as const)
		expect(() => openRestoration(world, storage, wrong)).toThrow(message);
});
