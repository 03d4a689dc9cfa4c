import { expect, test } from "vitest";
import { needs } from "../harness/needs.ts";
import { RouterLab } from "./router-lab.ts";

needs("root", "ip", "haproxy", "php");

const ssh = { hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA", port: 2222 };

test("the edge is applied, mail is forwarded there, and both are undone", async () => {
	const lab = new RouterLab();
	const infra = (...args: string[]) => lab.infra([...args, "--local"]);
	const before = await infra("diff", "--exit-code");
	expect(before.code).toBe(2);
	expect(before.stdout).toContain('+      "client_timeout": "900000"');
	expect(before.stdout).toContain("not forwarded to the edge:\n- port 25\n- port 465\n");

	const early = await infra("apply", "--cut-over", "--yes");
	expect(early.code).toBe(1);
	expect(early.stderr).toMatch(
		/^error: the edge is in force on this machine, but it cannot serve mail:\n.* is not up: DOWN L4/,
	);
	expect(early.stderr).toContain("help: deploy the mail server");
	expect(lab.config.nat).toBeUndefined();

	await lab.deployMail();
	const first = await infra("apply", "--cut-over", "--yes", "--json");
	expect([first.code, JSON.parse(first.stdout).changed]).toEqual([0, true]);
	const second = await infra("apply", "--cut-over", "--yes", "--json");
	expect([second.code, JSON.parse(second.stdout).changed]).toEqual([0, false]);
	expect(await infra("diff", "--exit-code")).toMatchObject({
		code: 0,
		stdout: expect.stringMatching(/^HAProxy on this machine has what site lab, edge [0-9a-f]{12} says\n$/),
	});

	const back = await infra("rollback", "--revert", "--yes");
	expect(back.code).toBe(0);
	expect(back.stdout).toContain("this machine has what the previous edge says now");
	expect([lab.config.nat.rule, lab.config.installedpackages.haproxy.ha_pools.item]).toEqual(["", ""]);
});

test("without an answer nothing is changed", async () => {
	const lab = new RouterLab();
	const { code, stderr } = await lab.infra(["apply", "--local"]);
	expect(code).toBe(1);
	expect(stderr).toContain("help: pass --yes");
	expect(lab.calls()).toEqual([]);
});

test("a rollback of nothing is refused", async () => {
	const lab = new RouterLab();
	const { code, stderr } = await lab.infra(["rollback", "--revert", "--yes", "--local"]);
	expect([code, stderr]).toEqual([
		1,
		"error: refused, nothing was changed on this machine:\n  - nothing was replaced here yet\n",
	]);
});

test("the program passes the shell at the other end of ssh unharmed", async () => {
	const lab = new RouterLab();
	// As sshd does: a shell gets the last argument.
	lab.standIn("ssh", 'eval "last=\\${$#}"; exec sh -c "$last"');
	await lab.deployMail();
	const { code, stderr } = await lab.infra(["apply", "--cut-over", "--yes"], { ssh });
	expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
	expect(lab.config.nat.rule).toHaveLength(4);
});

test("a router that is dead is not changed, and the message is that of ssh", async () => {
	const lab = new RouterLab();
	lab.standIn("ssh", "echo 'Connection timed out' >&2; exit 255");
	const { code, stderr } = await lab.infra(["apply", "--yes"], { ssh });
	expect([code, stderr]).toEqual([1, "error: no connection to root@192.0.2.1: Connection timed out\n"]);
});

test("a connection that breaks in a change leaves it to the router", async () => {
	const lab = new RouterLab();
	const state = 'case $last in *" \'show\'") exec sh -c "$last";; esac';
	lab.standIn("ssh", `eval "last=\\\${$#}"\n${state}\necho 'Broken pipe' >&2; exit 255`);
	const { code, stderr } = await lab.infra(["apply", "--yes"], { ssh });
	expect([code, stderr]).toEqual([
		1,
		"error: no connection to root@192.0.2.1: Broken pipe\n" +
			"root@192.0.2.1 went on by itself or did not begin: infra pfsense diff tells\n",
	]);
});

test("without a host key nobody is called", async () => {
	const lab = new RouterLab();
	const { code, stderr } = await lab.infra(["diff"]);
	expect(code).toBe(1);
	expect(stderr).toContain("mail.edge.ssh: the site states no host key for edge (192.0.2.1)");
});
