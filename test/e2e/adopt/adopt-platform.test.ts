import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ControlPlane, controlPlanePrograms } from "../harness/control-plane.ts";
import { needsPrograms } from "../harness/programs.ts";
import { addressesIn, OldTerraform, stacksOf, uidsOf } from "./adoption-lab.ts";
import { clearText, oldMail, oldRedis } from "./reference-platform.ts";
import { newMail, newRedis } from "./reference-stacks.ts";

const ready = needsPrograms(...controlPlanePrograms, "kubectl", "terraform");
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-adopt-`));
let plane: ControlPlane;
let mail: OldTerraform;
let redis: OldTerraform;
let stacks: ReturnType<typeof stacksOf>;
let before: Record<string, string>;

const uids = async () => ({ ...(await uidsOf(plane, "mailserver")), ...(await uidsOf(plane, "redis")) });

beforeAll(async () => {
	if (!ready) return;
	const planeFolder = mkdtempSync(join(folder, "plane-"));
	plane = await ControlPlane.start(planeFolder);
	mail = new OldTerraform(join(folder, "old-mail"), plane);
	redis = new OldTerraform(join(folder, "old-redis"), plane);
	stacks = stacksOf(folder, plane, { mailserver: newMail, redis: newRedis });
	await Promise.all([mail.apply(oldMail), redis.apply(oldRedis, { module: true })]);
	execFileSync("kubectl", [`--kubeconfig=${plane.kubeconfig}`, "create", "--filename=-"], {
		input: JSON.stringify({
			apiVersion: "networking.k8s.io/v1",
			kind: "NetworkPolicy",
			metadata: { name: "isolation", namespace: "mailserver" },
			spec: { podSelector: {}, policyTypes: ["Ingress"] },
		}),
	});
	before = await uids();
}, 400_000);
afterAll(async () => {
	await plane?.stop();
	rmSync(folder, { recursive: true, force: true });
});

describe("a platform of plain Terraform", { timeout: 600_000 }, () => {
	const states = () => `--state ${mail.state} --state ${redis.state}`;

	test("is counted, and nothing is written", async () => {
		const { code, stdout, stderr } = await stacks.run(`adopt scan ${states()}`);
		expect(stderr).toBe("");
		expect(stdout).toBe(
			"26 objects: 2 moved as they are, 21 retyped, 1 imported as another type, 1 only in the world (import), 1 left behind, 0 need an answer\n",
		);
		expect(code).toBe(0);
		expect(existsSync(stacks.maps)).toBe(false);
	});

	test("is mapped by what its objects are, and what an operator has written stays", async () => {
		const { stdout } = await stacks.adopt(`map ${states()}`);
		expect(stdout).toContain(`${stacks.maps}/left-behind.yaml: 1 objects`);
		expect(stacks.map("redis")).toContain(
			[
				"  - is: stateful_set redis/redis-node",
				`    state: ${redis.state}`,
				"    from: module.redis.kubernetes_stateful_set.node",
				"    to: kubernetes_stateful_set_v1.nodes",
				"    how: retype",
			].join("\n"),
		);
		stacks.edit("redis", (text) => text.replace("how: retype", "how: retype # seen by ann"));
		const edited = stacks.map("redis");
		expect((await stacks.adopt("map")).stdout).toContain("as it was");
		expect(stacks.map("redis")).toBe(edited);
	});

	test("is planned on copies: no destroy, no replacement, and nothing is written", async () => {
		const { code, stdout, stderr } = await stacks.adopt("plan");
		expect(`${stderr}${stdout}`).not.toContain("refused");
		expect(code).toBe(0);
		expect(stdout).toContain(
			"changed in place by the next deploy  kubernetes_config_map_v1.files_dovecot-config",
		);
		expect(stdout).toContain("created by the next deploy  kubernetes_pod_disruption_budget_v1.server");
		expect(stdout).toContain("secret to change  kubernetes_secret_v1.keys: data.mail.private");
		expect(stacks.addresses("mailserver")).toEqual([]);
		expect(addressesIn(mail.state)).toHaveLength(15);
	});

	test("is adopted: every object as it was, and no secret in the new state", async () => {
		copyFileSync(mail.state, join(folder, "mail-before"));
		const { code, stdout, stderr } = await stacks.adopt("apply --yes");
		expect(code === 0 ? "" : stdout + stderr).toBe("");
		expect(await uids()).toEqual(before);
		expect(addressesIn(mail.state)).toEqual([]);
		expect(addressesIn(redis.state)).toEqual(["module.redis.kubernetes_role.dashboard"]);
		expect(stacks.addresses("mailserver")).toHaveLength(16);
		expect(stacks.addresses("redis")).toHaveLength(9);
		expect(readFileSync(join(folder, "mail-before"), "utf8")).toContain(clearText);
		expect(readFileSync(stacks.stateFile("mailserver"), "utf8")).not.toContain(clearText);
		expect((await mail.terraform("plan", "-input=false", "-destroy")).includes("No changes")).toBe(true);
	});

	test("a second run does nothing", async () => {
		const files = [mail.state, redis.state, stacks.stateFile("redis"), stacks.stateFile("mailserver")];
		const texts = files.map((file) => readFileSync(file, "utf8"));
		const { code, stdout } = await stacks.adopt("apply --yes");
		expect([code, stdout]).toEqual([0, "mailserver  nothing to adopt\nredis  nothing to adopt\n"]);
		expect(files.map((file) => readFileSync(file, "utf8"))).toEqual(texts);
		expect((await stacks.adopt("map")).stdout).toContain("1 objects: 0 moved as they are, 0 retyped");
	});

	test("goes back to where it was, and is adopted once more", async () => {
		const undone = await stacks.adopt("undo mailserver redis");
		expect(undone.code === 0 ? "" : undone.stderr).toBe("");
		expect(stacks.addresses("mailserver")).toEqual([]);
		expect(addressesIn(mail.state)).toHaveLength(15);
		expect((await mail.terraform("plan", "-input=false")).includes("No changes")).toBe(true);
		await stacks.adopt(`map ${states()}`);
		const { code, stderr } = await stacks.adopt("apply --yes");
		expect(code === 0 ? "" : stderr).toBe("");
	});

	test("the deploy after it changes what was named in place, and the one after that nothing", async () => {
		const deploy = await stacks.run("deploy --yes --summary");
		expect(deploy.code === 0 ? "" : deploy.stdout + deploy.stderr).toBe("");
		const plan = await stacks.run("plan --summary --detailed-exitcode");
		expect([plan.code, plan.stdout]).toEqual([0, "mailserver  no changes\nredis  no changes\n"]);
		const after = await uids();
		for (const [object, uid] of Object.entries(before))
			expect([object, after[object]]).toEqual([object, uid]);
		expect(readFileSync(stacks.stateFile("mailserver"), "utf8")).not.toContain(clearText);
	});
});
