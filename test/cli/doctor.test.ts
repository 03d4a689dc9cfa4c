import { expect, test } from "vitest";
import { withSystemFolders } from "../../cli/bin/system-folders.js";
import { probeTools, renderDoctor } from "../../cli/doctor/examine.ts";
import { requireUsable } from "../../engine/binary.ts";
import { compareVersions, judge, type Probe, parseVersion, probe } from "../../engine/probe.ts";
import type { Tool } from "../../engine/tool.ts";
import { waysToRoot } from "../../lab/image-root.ts";
import { infra } from "./infra-process.ts";

const tool: Tool = { commands: ["terraform", "tofu"], args: ["version"], needed: "1.11.0", enables: "plan" };

test.for([
	["Terraform v1.11.4\non linux_amd64", "1.11.4"],
	["OpenTofu v1.11.0", "1.11.0"],
	["HAProxy version 2.6.12-1+deb12u4 2026/01/01 - https://haproxy.org/", "2.6.12"],
	["Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.2.1 bits=64", "7.0.15"],
	["Dnsmasq version 2.90  Copyright (c) 2000-2024", "2.90"],
	["promtool, version 2.42.0+ds (branch: debian/sid)", "2.42.0"],
	["ShellCheck - shell script analysis tool\nversion: 0.9.0", "0.9.0"],
	["ip utility, iproute2-6.1.0, libbpf 1.1.2", "6.1.0"],
	["go version go1.26.8 linux/amd64", "1.26.8"],
	["usage: age [--encrypt] (-r RECIPIENT | -R PATH)", undefined],
] as const)("the version is read from %j", ([output, version]) => {
	expect(parseVersion(output)).toBe(version);
});

test("versions are compared number by number", () => {
	expect(compareVersions("1.9.0", "1.11.0")).toBeLessThan(0);
	expect(compareVersions("2.6", "2.6.0")).toBe(0);
});

test("a tool below the needed version is too old", () => {
	expect(judge(tool, "Terraform v1.10.5").state).toBe("old");
});

test("a tool at the needed version is well", () => {
	expect(judge(tool, "Terraform v1.11.0").state).toBe("ok");
});

test("a tool that prints no version is not taken for a good one", () => {
	expect(judge(tool, "permission denied").state).toBe("unreadable");
});

test("a tool that has no way to print its version is well when it is there", () => {
	expect(judge({ ...tool, unversioned: true }, "usage: exportfs [-adfhioruvs]").state).toBe("ok");
});

test("a tool under its second name is found", async () => {
	const found = await probe({
		commands: ["infra-has-no-such-tool", process.execPath],
		args: ["-v"],
		enables: "",
	});
	expect(found).toMatchObject({ state: "ok", command: process.execPath });
});

test("a tool that is not on the PATH is missing", async () => {
	expect((await probe({ commands: ["infra-has-no-such-tool"], args: [], enables: "" })).state).toBe(
		"missing",
	);
});

test("daemons are looked for where Debian installs them, though no ordinary user's PATH has it", async () => {
	expect(withSystemFolders("/usr/sbin:/usr/bin")).toBe("/usr/sbin:/usr/bin:/usr/local/sbin:/sbin");
	const PATH = (process.env.PATH ?? "").replaceAll(/:[^:]*\/sbin(?=:|$)/g, "");
	const { stdout } = await infra(["doctor", "--json"], { program: "cli/bin/infra.js", env: { PATH } });
	const found: Probe[] = JSON.parse(stdout).tools;
	expect(found.map(({ state }) => state)).toEqual((await probeTools()).map(({ state }) => state));
});

test("an old Terraform is refused before it is run", () => {
	expect(() => requireUsable({ tool, state: "old", command: "terraform", version: "1.5.7" })).toThrow(
		"terraform 1.5.7 is too old",
	);
});

test("the report says what is missing and which packages would bring it", () => {
	const haproxy: Tool = { commands: ["haproxy"], args: [], enables: "tests", debianPackage: "haproxy" };
	expect(
		renderDoctor({
			sound: false,
			lab: ["etcd"],
			nodes: ["kubelet", "root"],
			products: [
				{ name: "external-secrets", lacks: [] },
				{ name: "kyverno", lacks: ["kyverno", "go"] },
			],
			images: [
				{ image: "docker.io/library/one:1", found: true },
				{ image: "docker.io/library/two:2", found: false },
			],
			tools: [
				{ tool: { ...tool, base: true }, state: "old", command: "terraform", version: "1.5.7" },
				{ tool: haproxy, state: "missing" },
			],
		}),
	).toBe(`   tool               found            needed  enables  Debian package
✗  terraform or tofu  1.5.7 (too old)  1.11.0  plan     -
-  haproxy            missing          any     tests    haproxy

to install what Debian has: apt install haproxy

the lab lacks etcd: infra lab build
for nodes that run containers it lacks kubelet, root: infra lab build --node
it can run external-secrets: infra lab up --with external-secrets
for kyverno it lacks kyverno, go: infra lab build kyverno

tests on docker.io/library/two:2 are skipped; ${waysToRoot("docker.io/library/two:2")} enables them

the base is not complete`);
});
