import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { infra } from "../../cli/infra-process.ts";
import { ControlPlane, controlPlanePrograms } from "../harness/control-plane.ts";
import { Daemon } from "../harness/daemon.ts";
import { missingAfter } from "../harness/deployed.ts";
import { freePort } from "../harness/free-port.ts";
import { needs } from "../harness/needs.ts";
import { needsPrograms } from "../harness/programs.ts";
import { waitFor } from "../harness/wait-for.ts";
import { ForgeStandIn } from "./forge-stand-in.ts";

const ready = [
	needsPrograms(...controlPlanePrograms, "kubectl", "terraform"),
	needs("prometheus-pushgateway"),
];
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-reports-`));
let plane: ControlPlane;
let gateway: Daemon;
let address: string;
let forge: ForgeStandIn;
let missing: string | undefined;

const map = { metadata: { name: "settings", namespace: "default" }, data: { level: "info" } };
const world = {
	redis: { kubernetes_config_map_v1: { settings: map } },
	storage: { terraform_data: { one: { input: "1" } } },
};

function run(
	args: string,
	{ token = "token-of-a-test", stacks = world }: { token?: string; stacks?: object } = {},
) {
	return infra(args.split(" "), {
		program: "test/e2e/harness/drift-program.ts",
		env: {
			CDKTF_OUTDIR: join(folder, "out"),
			INFRA_FORGE_TOKEN: token,
			DRIFT_WORLD: JSON.stringify(stacks),
			DRIFT_SITE: JSON.stringify({
				cluster: { kubeconfig: plane.kubeconfig },
				state: { tier1: { kind: "local", directory: join(folder, "state") } },
				endpoints: { pushgateway: { host: "127.0.0.1", ports: { http: Number(new URL(address).port) } } },
				woodpecker: { forge: { kind: "forgejo", url: forge.address } },
			}),
		},
	});
}

function setLevel(level: string): void {
	const patch = JSON.stringify({ data: { level } });
	execFileSync(
		"kubectl",
		[`--kubeconfig=${plane.kubeconfig}`, "patch", "configmap/settings", `--patch=${patch}`],
		{
			stdio: "pipe",
		},
	);
}

/** Values of a metric by stack. */
async function metric(name: string): Promise<Record<string, number>> {
	const text = await (await fetch(`${address}/metrics`)).text();
	const lines = text.matchAll(new RegExp(`^${name}\\{.*?(?:stack="(\\w+)")?\\} (\\S+)$`, "gm"));
	return Object.fromEntries([...lines].map(([, stack = "", value]) => [stack, Number(value)]));
}

beforeAll(async () => {
	if (ready.includes(false)) return;
	mkdirSync(join(folder, "plane"));
	const port = await freePort();
	address = `http://127.0.0.1:${port}`;
	gateway = new Daemon(
		"prometheus-pushgateway",
		[`--web.listen-address=127.0.0.1:${port}`, "--persistence.file="],
		{ logFile: join(folder, "pushgateway.log") },
	);
	[forge, plane] = await Promise.all([ForgeStandIn.start(), ControlPlane.start(join(folder, "plane"))]);
	const answers = async () => (await fetch(`${address}/-/ready`)).ok;
	await waitFor("the Pushgateway is ready", answers, { within: 60_000 });
	missing = missingAfter(await run("deploy --yes"));
}, 300_000);
beforeEach(({ skip }) => {
	if (missing !== undefined) skip(missing);
});
afterAll(async () => {
	forge?.stop();
	await Promise.all([plane?.stop(), gateway?.stop()]);
	rmSync(folder, { recursive: true });
});

test("drift has an issue and an age until it is repaired, and the issues of others are left alone", async () => {
	forge.open(
		8,
		{ title: "Drift in stack storage of site lab", body: "<!-- infra drift: lab/storage -->" },
		[],
	);
	setLevel("debug");
	const first = await run("drift --push --issues");
	expect({ code: first.code, stderr: first.stderr }).toEqual({
		code: 2,
		stderr: "opened #2: Drift in stack redis of site lab\n",
	});
	expect(forge.issues[1]).toMatchObject({ state: "open", labels: [{ name: "drift" }] });
	expect(forge.issues[1]?.body).toContain('`data.level`: `"info"` → `"debug"`');
	expect(await metric("drift_stack_state")).toEqual({ redis: 1, storage: 0 });
	const seen = await metric("drift_stack_first_seen");

	const changes = forge.changes.length;
	expect((await run("drift --push --issues")).code).toBe(2);
	expect(forge.changes).toHaveLength(changes);
	expect(await metric("drift_stack_first_seen")).toEqual(seen);

	// A stack that does not answer may still have its drift: issue and age stay.
	const settings = { ...map, data: { level: '${file("/nowhere")}' } };
	const broken = { ...world, redis: { kubernetes_config_map_v1: { settings } } };
	const notAsked = await run("drift --push --issues", { stacks: broken });
	expect(notAsked.code).toBe(1);
	expect(notAsked.stderr).toContain("/nowhere");
	expect(forge.changes).toHaveLength(changes);
	expect(await metric("drift_stack_state")).toEqual({ redis: 2, storage: 0 });
	expect(await metric("drift_stack_first_seen")).toEqual(seen);

	setLevel("trace");
	expect((await run("drift redis --issues")).stderr).toBe("edited #2\n");

	await run("deploy --yes --summary redis");
	const clean = await run("drift --push --issues");
	expect({ code: clean.code, stderr: clean.stderr }).toEqual({ code: 0, stderr: "closed #2\n" });
	expect(forge.issues.map(({ state }) => state)).toEqual(["open", "closed"]);
	expect(forge.comments).toEqual(["Nothing of this stack differs from the code any more."]);
	expect(await metric("drift_stack_first_seen")).toEqual({});

	setLevel("debug");
	expect((await run("drift --issues")).stderr).toMatch(/^opened #3/);
	setLevel("info");
}, 900_000);

test("a Pushgateway that does not answer is an error, and keeps no issue from being written", async () => {
	setLevel("debug");
	const { code, stdout, stderr } = await run("drift --issues --json --pushgateway http://127.0.0.1:1");
	expect(code).toBe(1);
	expect(JSON.parse(stdout).stacks[0].outcome).toBe("drift");
	expect(stderr).toContain("http://127.0.0.1:1 cannot be reached");
	expect(forge.issues.filter(({ state, user }) => state === "open" && user.id === 7)).toHaveLength(1);
}, 300_000);

test.for<[what: string, args: string, token: string, message: string]>([
	["some stacks only", "drift redis --push", "token", "a push replaces what is known of every stack"],
	["no token", "drift --issues", "", "INFRA_FORGE_TOKEN is not set"],
])("%s: nothing is asked, and the remedy is named", async ([, args, token, message]) => {
	const { code, stdout, stderr } = await run(args, { token });
	expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
	expect(stderr).toContain(message);
});
