import { once } from "node:events";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { terraformTool } from "../../engine/binary.ts";
import { probe } from "../../engine/probe.ts";
import { temporaryFolder } from "../synth.ts";
import { infra, type StartOptions } from "./infra-process.ts";

const terraform = await probe(terraformTool);

/** What the stacks make for erin, who is new. */
const world = {
	vault: { "namespace-erin": { input: "1" } },
	platform: { "owner-erin": { input: "1" } },
};
const onboard = "onboard erin --email e@example.com --yes --wait 1";

/** The command on fake stacks; kubectl and Vault say what a test wants. */
async function harness() {
	const folder = temporaryFolder();
	const registry = join(folder, "owners.json");
	writeFileSync(registry, "{}");
	mkdirSync(join(folder, "bin"));
	const kubectl = (script: string) => {
		writeFileSync(join(folder, "bin/kubectl"), `#!/bin/sh\n${script}\n`);
		chmodSync(join(folder, "bin/kubectl"), 0o755);
	};
	kubectl("exit 0");
	const policies: string[] = [];
	const server = createServer(({ url = "" }, response) => {
		policies.push(url.replace("/v1/sys/policies/acl/", ""));
		response.writeHead(200).end("{}");
	}).listen(0, "127.0.0.1");
	await once(server, "listening");
	onTestFinished(() => void server.close());
	const run = (args: string, stacks: object = world, options: StartOptions = {}) =>
		infra(args.split(" "), {
			...options,
			program: "test/cli/fake-infra.ts",
			env: {
				CDKTF_OUTDIR: join(folder, "out"),
				FAKE_WORLD: JSON.stringify(stacks),
				INFRA_REGISTRY: registry,
				VAULT_ADDR: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
				VAULT_TOKEN: "dummy",
				PATH: `${join(folder, "bin")}:${process.env.PATH}`,
			},
		});
	return { run, kubectl, policies, entries: () => JSON.parse(readFileSync(registry, "utf8")) };
}

test("without a terminal and without --yes nothing is written", async () => {
	const { run, entries } = await harness();
	const { code, stderr } = await run("onboard erin --email e@example.com");
	expect({ code, stderr, entries: entries() }).toEqual({
		code: 1,
		stderr:
			"error: onboard asks before it changes anything, and there is no terminal to answer on\n  help: pass --yes\n",
		entries: {},
	});
});

test("a dry run shows the person and the stacks, and writes nothing", async () => {
	const { run, entries } = await harness();
	const { code, stdout } = await run("onboard erin --email e@example.com --domain blog --dry-run");
	expect({ code, entries: entries() }).toEqual({ code: 0, entries: {} });
	expect(stdout).toContain("hosts       blog.lab.example.org\nstacks      vault, platform\n");
});

test("an entry that the registry refuses stops it before anything is asked", async () => {
	const { run, entries } = await harness();
	const { code, stderr } = await run("onboard vault --email nobody --yes");
	expect({ code, entries: entries() }).toEqual({ code: 1, entries: {} });
	expect(stderr).toContain("vault is reserved");
	expect(stderr).toContain("expected an address such as a@example.com");
});

test("somebody unknown needs an address", async () => {
	const { run } = await harness();
	expect((await run("onboard erin --yes")).stderr).toBe(
		"error: erin is not in the registry yet\n  help: name the address: --email <address>\n",
	);
});

describe("on stacks without providers", () => {
	beforeEach(({ skip }) => {
		if (terraform.state !== "ok")
			skip(`needs Terraform or OpenTofu ${terraformTool.needed}; infra doctor says what was found`);
	});

	test("everything is done in order, seen from outside, and followed by the welcome", async () => {
		const { run, entries, policies } = await harness();
		const { code, stdout, stderr } = await run(onboard);
		expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
		expect(stdout.split("\n").filter((line) => line.startsWith("✓ "))).toEqual([
			expect.stringContaining("✓ erin is in the registry"),
			"✓ stack vault is applied",
			"✓ stack platform is applied",
			"✓ the namespace erin is there",
			"✓ the policy namespace-owner-erin can be read",
			"✓ the policy sops-user-erin can be read",
			"✓ the quota of erin is there",
		]);
		expect(stdout).toContain("vault write kubernetes/creds/erin-deployer kubernetes_namespace=erin");
		expect(entries().erin).toEqual({
			role: "namespace-owner",
			email: "e@example.com",
			namespaces: ["erin"],
		});
		expect(policies).toEqual(["namespace-owner-erin", "sops-user-erin"]);
	});

	test("a second time nothing changes, with the address or without", async () => {
		const { run, entries } = await harness();
		await run(onboard);
		const before = entries();
		for (const again of [onboard, "onboard erin --yes --wait 1"]) {
			const { code, stdout } = await run(again);
			expect(code).toBe(0);
			expect(stdout).toContain("vault  no changes\n✓ stack vault is applied\nplatform  no changes\n");
		}
		expect(entries()).toEqual(before);
	});

	test("the first failure ends it, and what is done and what is not is told", async () => {
		const { run } = await harness();
		const shell = { provisioner: [{ "local-exec": { command: "exit 3" } }] };
		const { code, stdout, stderr } = await run(onboard, { ...world, vault: { "namespace-erin": shell } });
		expect(code).toBe(1);
		expect(stdout).toMatch(
			/Done:\n {2}erin is in the registry .*\nNot done:\n {2}stack vault is applied\n {2}stack platform is applied\n/,
		);
		expect(stderr).toContain("terraform apply failed in stack vault");
		expect((await run("onboard erin --yes --wait 1")).code).toBe(0);
	});

	test("a plan that also takes something from others is not applied unasked", async () => {
		const { run } = await harness();
		const others = { "namespace-bob": { input: "1" } };
		await run("deploy --yes", { vault: others });
		const { code, stdout, stderr } = await run(onboard);
		expect(code).toBe(1);
		expect(stdout).toContain(
			"vault: the arrival of erin does not explain these changes:\n  destroy  terraform_data.namespace-bob",
		);
		expect(stderr).toContain("stack vault: not confirmed, nothing was applied");
	});

	test("what is not there after a while is named, with the answer of who was asked", async () => {
		const { run, kubectl } = await harness();
		kubectl('case "$*" in *resourcequota*) echo "quota not found" >&2; exit 1 ;; esac');
		const { code, stdout, stderr } = await run(onboard);
		expect(code).toBe(1);
		expect(stdout).toContain("Not done:\n  the quota of erin is there\n");
		expect(stderr).toBe("error: kubectl get resourcequota user-quota -n erin: quota not found (after 1s)\n");
	});

	test("Ctrl-C ends it in order, and it can go on from there", async () => {
		const { run } = await harness();
		const slow = { provisioner: [{ "local-exec": { command: "sleep 60" } }] };
		let interrupted = false;
		const { code, stdout } = await run(
			onboard,
			{ ...world, platform: { "owner-erin": slow } },
			{
				onOutput: (text, child) => {
					// Once: a signal while a process ends would end it.
					if (interrupted || !text.includes("… create  platform/owner-erin")) return;
					interrupted = child.kill("SIGINT");
				},
			},
		);
		expect({ code, stdout }).toMatchObject({ code: 130 });
		expect(stdout).toMatch(/Done:\n.*\n {2}stack vault is applied\nNot done:\n {2}stack platform is applied/);
		expect((await run("onboard erin --yes --wait 1")).code).toBe(0);
	});
});
