import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Kubectl } from "../../../cli/restore/job.ts";
import { mailRestoration } from "../../../cli/restore/mail.ts";
import { thisMachine } from "../../../clients/host/target.ts";
import { loadSite } from "../../../config/load-site.ts";
import { projectRoot } from "../../../config/project-root.ts";
import { interrupt } from "../../../terminal/interruption.ts";
import { controlPlanePrograms } from "../harness/control-plane.ts";
import { DeployedStack } from "../harness/deployed-stack.ts";
import { needs } from "../harness/needs.ts";
import { needsPrograms } from "../harness/programs.ts";
import { waitFor } from "../harness/wait-for.ts";
import { Mailbox, messagesOf } from "../mail/jobs/mailbox.ts";
import { cronJobOf, JobRunner } from "./job-runner.ts";
import { hold, look, RestoreWorld, soon } from "./restore-world.ts";

/** `infra restore mail` against a real API server and the containers of the stack as processes. */
const installed = needs("root", "dovecot", "openssl", "python3", "rsync", "kubectl");
const ready = needsPrograms(...controlPlanePrograms) && installed;

let world: RestoreWorld;
let mailbox: Mailbox;
let mailNode: JobRunner;

const mailPods = "/api/v1/namespaces/mailserver/pods";

/** A pod that has the volume of mail and has ended. */
async function endedPod(name: string, app: string, phase: string): Promise<void> {
	await world.create(mailPods, {
		metadata: { name, labels: { app } },
		spec: {
			nodeName: "here",
			containers: [{ name: "one", image: "one", volumeMounts: [{ name: "data", mountPath: "/source" }] }],
			volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }],
		},
	});
	await world.plane.ask("PATCH", `${mailPods}/${name}/status`, { status: { phase } });
}

async function startMail(): Promise<void> {
	for (const name of ["volume/data", "volume/state", "volume/log", "mail-backup", "box"])
		mkdirSync(world.at(name), { recursive: true });
	for (const path of [world.at(), world.at("volume"), world.at("volume/data")]) chmodSync(path, 0o755);
	for (const tree of ["state", "log"]) writeFileSync(world.at("volume", tree, "kept"), "1");
	symlinkSync(world.at("volume/data"), world.at("box/mail"));
	mailbox = await Mailbox.start(world.at("box"));
	mailbox.deliver("one", 3, "Subject: one\r\n\r\none\r\n", { flags: "S" });
	mailbox.deliver("two", 2, "Subject: two\r\n\r\ntwo\r\n", { flags: "FS" });
	mailbox.deliver("three", 1, "Subject: three\r\n\r\nthree\r\n", { folder: "Junk", flags: "S" });
	await mailbox.pause();
	for (const [tree, from] of Object.entries({ mail: "data", state: "state", log: "log" }))
		cpSync(world.at("volume", from), world.at("source", tree), { recursive: true, preserveTimestamps: true });
	execFileSync("chown", ["-R", "--reference", world.at("volume/data"), world.at("source/mail")]);
	execFileSync("rsync", ["-a", `${world.at("volume/data")}/`, `${world.at("source/mail")}/`]);
	const script = join(projectRoot, "constructs/mail/scripts/copy-trees.sh");
	const env = {
		...process.env,
		SOURCE_DIR: world.at("source"),
		BACKUP_DIR: world.at("mail-backup"),
		COPY_NAME: "%G-W%V",
	};
	execFileSync("sh", [script], { env, stdio: "pipe" });

	const stack = new DeployedStack(await loadSite("lab"), "mailserver");
	await world.create("/apis/batch/v1/namespaces/mailserver/cronjobs", cronJobOf(stack, "mailserver-restore"));
	const labels = { app: "mailserver" };
	await world.create("/apis/apps/v1/namespaces/mailserver/deployments", {
		metadata: { name: "mailserver" },
		spec: {
			replicas: 1,
			selector: { matchLabels: labels },
			template: {
				metadata: { labels },
				spec: {
					containers: [
						{ name: "one", image: "one", volumeMounts: [{ name: "data", mountPath: "/var/mail" }] },
					],
					volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }],
				},
			},
		},
	});
	// What jobs of past nights, and an eviction, leave.
	await endedPod("mailserver-backup-1", "mailserver-backup", "Succeeded");
	await endedPod("mailserver-backup-2", "mailserver-backup", "Failed");
	await endedPod("mailserver-evicted", "mailserver", "Failed");
	mailNode = new JobRunner(world.plane, {
		namespace: "mailserver",
		folder: world.at("jobs"),
		jobs: {
			"mailserver-restore": {
				container: stack.container("cron_job", "mailserver-restore", "mailserver-restore"),
				volumes: { "/backup": world.at("mail-backup"), "/volume": world.at("volume") },
			},
		},
		server: { start: () => mailbox.resume(), stop: () => mailbox.pause() },
	});
}

beforeAll(async () => {
	if (!ready) return;
	world = await RestoreWorld.start("mailserver");
	mkdirSync(world.at("jobs"));
	await startMail();
}, 300_000);
afterAll(async () => {
	await mailNode?.stop();
	await world?.stop();
}, 60_000);

const mail = (way: Kubectl) => mailRestoration(world.at("mail-backup"), thisMachine, way, false, look);
const point = async () => (await mail(world.kubectl).points()).at(-1) ?? "";
const replicas = async () =>
	(await world.plane.ask("GET", "/apis/apps/v1/namespaces/mailserver/deployments/mailserver")).body.spec
		.replicas;
/** Messages as a client sees them, once the server answers. */
const read = () => waitFor("the mail server answers", () => messagesOf(mailbox), soon);

let before: readonly string[] = [];
beforeEach(async ({ skip }) => {
	skip(!ready, "");
	before = before.length > 0 ? before : await read();
	expect(before).toHaveLength(3);
	for (const name of readdirSync(world.at("volume/data")))
		rmSync(world.at("volume/data", name), { recursive: true });
});

test("mail comes back while pods of ended backups have its volume, and a client reads it", async () => {
	expect(await mail(world.kubectl).restore(await point())).toBeTypeOf("string");
	expect(await replicas()).toBe(1);
	expect(await read()).toEqual(before);
}, 240_000);

test.for<[where: string, call: RegExp, when: "before" | "after"]>([
	["before the server is stopped", /--replicas=0/, "before"],
	["once the server is stopped", /--replicas=0/, "after"],
	["before the job is made", /create -f/, "before"],
	["while the job runs", /get job /, "before"],
	["before the server is started", /--replicas=1/, "before"],
	["once the server is started", /--replicas=1/, "after"],
])(
	"a restore of mail that was killed %s is finished by the next one",
	{ timeout: 240_000 },
	async ([, call, when]) => {
		await expect(mail(world.killedAt(call, when)).restore(await point())).rejects.toThrow("killed");
		await waitFor("no job goes on", async () => world.jobsGoOn().then((count) => count === 0), soon);
		await mail(world.kubectl).restore(await point());
		expect(await replicas()).toBe(1);
		expect(await read()).toEqual(before);
	},
);

test("nobody starts the mail server beside a job that goes on", async () => {
	const release = hold(mailNode);
	await expect(mail(world.killedAt(/get job /, "before")).restore(await point())).rejects.toThrow("killed");
	await expect(mail(world.kubectl).restore(await point())).rejects.toThrow("is still running");
	expect(await replicas()).toBe(0);
	release();
	await waitFor("the job has ended", async () => (await world.jobsGoOn()) === 0, soon);
	await mail(world.kubectl).restore(await point());
	expect(await read()).toEqual(before);
}, 240_000);

// The last one: this process stays interrupted.
test("Ctrl-C lets a restore of mail that has begun come to its end, and the server runs again", async () => {
	const newest = await point();
	const release = hold(mailNode);
	const restored = mail(world.kubectl).restore(newest);
	await waitFor("the job", async () => (await world.jobsGoOn()) === 1, soon);
	interrupt();
	release();
	expect(await restored).toBeTypeOf("string");
	expect(await replicas()).toBe(1);
	expect(await read()).toEqual(before);
	await expect(mail(world.kubectl).restore(newest)).rejects.toThrow("interrupted");
	expect(await replicas()).toBe(1);
}, 240_000);
