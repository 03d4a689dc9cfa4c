import { statSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Host } from "../harness/host.ts";
import { MemoryGroup } from "../harness/memory-group.ts";
import { needs } from "../harness/needs.ts";
import { Network } from "../harness/network.ts";
import { waitFor } from "../harness/wait-for.ts";
import { bundleConfig } from "./bundle.ts";
import { ImageContainer, type ImageContainerProps } from "./image-container.ts";

const able = needs("runc", "ip", "root");
let network: Network;
let host: Host;
beforeAll(() => {
	if (!able) return;
	network = new Network();
	host = network.addHost("pod", "10.99.0.1/24");
});
afterAll(() => network?.[Symbol.dispose]());
beforeEach(({ skip }) => {
	using group = MemoryGroup.of(2 ** 26);
	skip(group === undefined, "control groups: a writable /sys/fs/cgroup enables it");
});

const image = { Entrypoint: ["/bin/sh", "-c"], Cmd: ["sleep 60"], Env: ["FROM_IMAGE=one"], User: "0" };
// The files of this machine are as good an image as any.
const root = { image: "machine", folder: "/", config: image };

interface Container {
	readonly [key: string]: unknown;
}

function start(
	container: Container,
	pod: object = {},
	props: Partial<ImageContainerProps> = {},
): ImageContainer {
	return new ImageContainer({
		host,
		root,
		pod: { ...pod, container: [{ name: "main", ...container }], volume: volumes },
		container: "main",
		files: { settings: { "a.conf": "text\n" }, keys: { key: "dummy\n" } },
		...props,
	});
}

const volumes = [
	{ name: "settings", config_map: { default_mode: "0555" } },
	{ name: "keys", secret: { default_mode: "0400" } },
	{ name: "scratch", empty_dir: {} },
];

/** What a command prints in a container that only waits. */
async function inside(container: ImageContainer, ...command: string[]): Promise<string> {
	return await waitFor(
		"the container runs",
		() => container.run("sh", "-c", command.join(" ")).trim() || "-",
		{
			within: 60_000,
		},
	);
}

describe("a container of a pod", () => {
	test("has the user, the groups, the rights and the root of its security context", async () => {
		const context = {
			run_as_user: "999",
			run_as_group: "1000",
			read_only_root_filesystem: true,
			allow_privilege_escalation: false,
			capabilities: { drop: ["ALL"] },
		};
		const container = start({ security_context: context }, { security_context: { fs_group: "1001" } });
		expect(await inside(container, "id -u; id -g; id -G")).toBe("999\n1000\n1000 1001");
		expect(container.run("cat", "/proc/self/status")).toMatch(/^CapBnd:\s0+$[\s\S]*^NoNewPrivs:\s1$/m);
		expect(() => container.run("touch", "/file")).toThrow(/Read-only/);
		await container.kill();
	});

	test("has its volumes at their paths, with their modes, and the image's variables below its own", async () => {
		const mounts = [
			{ name: "settings", mount_path: "/opt/settings", read_only: true },
			{ name: "keys", mount_path: "/opt/keys", read_only: true },
			{ name: "scratch", mount_path: "/opt/scratch", sub_path: "a" },
		];
		const env = [
			{ name: "OWN", value: "$(FROM_IMAGE) and $(UNKNOWN) and $$(OWN)" },
			{ name: "POD", value_from: { field_ref: { field_path: "metadata.name" } } },
		];
		const container = start({ volume_mount: mounts, env }, {}, { fields: { "metadata.name": "pod-0" } });
		expect(await inside(container, "stat -c %a /opt/settings/a.conf /opt/keys/key")).toBe("555\n400");
		expect(container.run("sh", "-c", 'echo "$OWN, $POD, $HOSTNAME"')).toBe(
			"one and $(UNKNOWN) and $(OWN), pod-0, pod\n",
		);
		expect(() => container.run("touch", "/opt/settings/b")).toThrow(/Read-only/);
		container.run("touch", "/opt/scratch/file", "/layer");
		expect(() => statSync("/layer")).toThrow("ENOENT");
		await container.kill();
	});

	test("sees the network of its pod, and no other process", async () => {
		const container = start({});
		expect(await inside(container, "cat /proc/net/fib_trie")).toContain("10.99.0.1");
		expect(container.run("sh", "-c", "echo /proc/[0-9]*")).not.toContain(`/proc/${process.pid} `);
		await container.kill();
	});

	test("is killed at its limit of memory, and says so", async () => {
		const container = start({
			command: ["tail", "/dev/zero"],
			resources: { limits: { memory: "64Mi" } },
		});
		expect(await container.daemon.exited).toBe(137);
	});

	test("ends when it is asked to, and leaves no group behind", async () => {
		// The first process of a container is not ended by a signal that it does not catch yet.
		const program = "trap 'exit 7' TERM; touch /catches; while :; do sleep 0.1; done";
		const container = start({ command: ["sh", "-c", program] });
		await inside(container, "ls /catches");
		await container.stop();
		expect(await container.daemon.exited).toBe(7);
		expect(() => container.memoryLimit).toThrow("ENOENT");
	});
});

describe("what is not started as a kubelet would start it", () => {
	const configure = (container: object, pod: object = {}) =>
		bundleConfig({
			pod: { ...pod, container: [{ name: "main", ...container }] },
			container: "main",
			image: { ...image, User: "" },
			volumes: {},
			network: "/run/netns/none",
			cgroup: "/none",
			hostname: "none",
		});

	test.for<[object, string]>([
		[{ security_context: { run_as_non_root: true } }, "image will run as root"],
		[{ volume_mount: [{ name: "data", mount_path: "/data" }] }, "nobody gives the volume data"],
		[{ env: [{ name: "KEY", value_from: { secret_key_ref: {} } }] }, "nobody gives the value of KEY"],
		[{ env_from: [{ config_map_ref: {} }] }, "variables from whole objects"],
	])("is refused: %j", ([container, message]) => {
		expect(() => configure(container)).toThrow(message);
	});

	test("a command of the pod replaces both of the image's, arguments only the second", () => {
		const args = (container: object) =>
			(configure(container) as { process: { args: string[] } }).process.args.join(" ");
		expect(args({})).toBe("/bin/sh -c sleep 60");
		expect(args({ args: ["true"] })).toBe("/bin/sh -c true");
		expect(args({ command: ["ls"] })).toBe("ls");
	});
});
