import { expect, test } from "vitest";
import { run } from "../../../cli/machine/target.ts";
import { needs } from "../rig/needs.ts";
import { RouterLab } from "./router-lab.ts";

needs("root", "ip", "haproxy", "php");

test("the edge is applied, mail is led there, and both are undone", { timeout: 120_000 }, async () => {
	const lab = new RouterLab();
	const before = await lab.infra("diff", "--exit-code");
	expect(before.code).toBe(2);
	expect(before.stdout).toContain('+      "client_timeout": "900000"');
	expect(before.stdout).toContain("not led to the edge:\n- port 25\n- port 465\n");

	const early = await lab.infra("apply", "--flip", "--yes");
	expect(early.code).toBe(1);
	expect(early.stderr).toContain("the edge is in force on this machine, but it cannot serve mail:");
	expect(early.stderr).toContain("help: deploy the mail server");
	expect(lab.config.nat).toBeUndefined();

	await lab.deployMail();
	const first = await lab.infra("apply", "--flip", "--yes", "--json");
	expect([first.code, JSON.parse(first.stdout).changed]).toEqual([0, true]);
	const second = await lab.infra("apply", "--flip", "--yes", "--json");
	expect([second.code, JSON.parse(second.stdout).changed]).toEqual([0, false]);
	expect(await lab.infra("diff", "--exit-code")).toMatchObject({
		code: 0,
		stdout: expect.stringMatching(/^HAProxy on this machine has what site lab, edge [0-9a-f]{12} says\n$/),
	});

	const back = await lab.infra("rollback", "--unflip", "--yes");
	expect(back.code).toBe(0);
	expect(back.stdout).toContain("this machine has what the previous edge says now");
	expect([lab.config.nat.rule, lab.config.installedpackages.haproxy.ha_pools.item]).toEqual(["", ""]);
});

test("without an answer nothing is changed", async () => {
	const lab = new RouterLab();
	const { code, stderr } = await lab.infra("apply");
	expect(code).toBe(1);
	expect(stderr).toContain("help: pass --yes");
	expect(lab.calls()).toEqual([]);
});

test("a rollback of nothing is refused", async () => {
	const lab = new RouterLab();
	const { code, stderr } = await lab.infra("rollback", "--unflip", "--yes");
	expect([code, stderr]).toEqual([
		1,
		"error: refused, nothing was changed on this machine:\n  - nothing was replaced here yet\n",
	]);
});

test("without a host key nobody is called", async () => {
	const { code, stderr } = await run([process.execPath, "cli/infra.ts", "pfsense", "diff", "--site", "lab"]);
	expect(code).toBe(1);
	expect(stderr).toContain("mail.edge.ssh: the site states no host key for edge (192.0.2.1)");
});
