import { execFile } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { bytesOf } from "../../../config/schema/quantity.ts";
import { operator } from "../../../constructs/redis/users.ts";
import { type ImageRoot, imageRoot } from "../../../lab/image-root.ts";
import { packageRoot, recipeOf } from "../../../lab/node/package-root.ts";
import { Client } from "../harness/client.ts";
import { type Block, DeployedStack, secretValue } from "../harness/deployed-stack.ts";
import { DnsServer } from "../harness/dns-server.ts";
import type { Host } from "../harness/host.ts";
import { MemoryGroup } from "../harness/memory-group.ts";
import { needs } from "../harness/needs.ts";
import { Network } from "../harness/network.ts";
import { since, waitFor } from "../harness/wait-for.ts";
import { siteWith } from "../redis/deployed-lab.ts";
import { ImageContainer } from "./image-container.ts";

const able = needs("runc", "ip", "dnsmasq", "redis-server", "redis-sentinel", "haproxy", "busybox", "root");
const site = siteWith();
const domain = "redis-headless.redis.svc.cluster.local";
const dnsAddress = site.cluster.dns.address;
const proxyAddress = "10.96.2.1";
const nodes = Array.from({ length: site.redis.nodes }, (_, ordinal) => `redis-node-${ordinal}`);
const login = [operator, secretValue(operator)] as const;
const soon = { within: 60_000, every: 200 };

let network: Network;
let stack: DeployedStack;
let client: Client;
let proxy: ImageContainer;
/** Containers of each node, by the name of the pod and that of the container. */
const containers = new Map<string, Map<string, ImageContainer>>();

/** Of the image where it can be had, else of the packages of the same programs. */
async function rootOf(image: string): Promise<ImageRoot> {
	const own = await imageRoot(image);
	const recipe = recipeOf(image);
	if (own !== undefined || recipe === undefined)
		return own ?? Promise.reject(new Error(`no root of ${image}`));
	return await (await packageRoot(image, recipe)).open();
}

/** A container of a workload on a host, as the kubelet would start it. */
async function start(
	type: "stateful_set" | "deployment",
	workload: string,
	name: string,
	host: Host,
): Promise<ImageContainer> {
	const pod = stack.pod(type, workload);
	const container = pod.container.find((one: Block) => one.name === name);
	const { mounts } = stack.container(type, workload, name);
	const files = container.volume_mount.map(({ name, mount_path }: Block) => [name, mounts[mount_path]]);
	const data = join(host.folder, "data");
	mkdirSync(data, { recursive: true });
	return new ImageContainer({
		host,
		root: await rootOf(container.image),
		pod,
		container: name,
		files: Object.fromEntries(files),
		claims: { "redis-data": data },
		fields: { "metadata.name": host.name },
		secrets: { [operator]: secretValue(operator) },
		replaced: {
			"/etc/resolv.conf": `nameserver ${dnsAddress}\noptions ndots:2 timeout:1 attempts:1\n`,
			"/etc/hosts": `127.0.0.1 localhost\n${host.address} ${host.name}.${domain}\n`,
		},
	});
}

/** Whether this machine lets us limit memory. Asked before the first container, whose group has such a name, too. */
let limited = false;
beforeEach(({ skip }) => skip(!limited, "control groups: a writable /sys/fs/cgroup enables it"));

beforeAll(async () => {
	using group = MemoryGroup.of(2 ** 26);
	limited = group !== undefined;
	if (!able || !limited) return;
	network = new Network();
	stack = new DeployedStack(site, "redis");
	const dns = await DnsServer.start(network.addHost("dns", `${dnsAddress}/16`), { zone: "cluster.local" });
	const hosts = nodes.map((name, ordinal) => network.addHost(name, `10.96.1.${ordinal + 1}/16`));
	dns.publish(Object.fromEntries(hosts.map(({ name, address }) => [`${name}.${domain}`, address])));
	const names: string[] = stack.pod("stateful_set", "redis-node").container.map(({ name }: Block) => name);
	for (const host of hosts) {
		const own = new Map<string, ImageContainer>();
		for (const name of names) own.set(name, await start("stateful_set", "redis-node", name, host));
		containers.set(host.name, own);
	}
	proxy = await start(
		"deployment",
		"redis-haproxy",
		"haproxy",
		network.addHost("proxy", `${proxyAddress}/16`),
	);
	client = new Client(network.addHost("client", "10.96.3.1/16"));
}, 300_000);
afterAll(async () => {
	const all = [...containers.values()].flatMap((own) => [...own.values()]);
	await Promise.all([...all, ...(proxy ? [proxy] : [])].map((container) => container.kill()));
	client?.[Symbol.dispose]();
	network?.[Symbol.dispose]();
});

const of = (node: string, name: string): ImageContainer => {
	const container = containers.get(node)?.get(name);
	if (container === undefined) throw new Error(`${node} has no container ${name}`);
	return container;
};
const specification = (name: string): Block =>
	stack.pod("stateful_set", "redis-node").container.find((one: Block) => one.name === name);
const roleOf = (node: string) =>
	of(node, "redis").run("redis-cli", "--user", operator, "--no-auth-warning", "role").split("\n")[0];
const master = () =>
	waitFor(
		"there is one master, and the others follow",
		() => {
			const masters = nodes.filter((node) => roleOf(node) === "master");
			for (const node of nodes) of(node, "redis").run(...specification("redis").readiness_probe.exec.command);
			return masters.length === 1 && masters[0];
		},
		soon,
	);

/** Ends a pod as the kubelet does: every container's hook, side by side, and the signal to each whose hook is through. */
async function terminate(pod: Block, own: ReadonlyMap<string, ImageContainer>): Promise<void> {
	const begin = Date.now();
	const end = async ({ name, lifecycle }: Block) => {
		const container = own.get(name) as ImageContainer;
		const [program = "", ...args] = container.inside(...lifecycle.pre_stop[0].exec.command);
		await promisify(execFile)(program, args);
		await container.stop();
	};
	await Promise.all(pod.container.map(end));
	expect(since(begin)).toBeLessThan(1000 * pod.termination_grace_period_seconds);
}

const proxyPod = () => stack.pod("deployment", "redis-haproxy");
const throughProxy = { host: proxyAddress, port: 6379, login };

describe("the pods of Redis on the roots of their images", () => {
	test("find their roles, and every probe of every container passes", async () => {
		await master();
		const { startup_probe: startup, port: ports } = specification("redis");
		const { container_port: port } = ports.find(({ name }: Block) => name === startup.tcp_socket[0].port);
		for (const { name: node, address: host } of network.hosts.filter(({ name }) => nodes.includes(name))) {
			expect(await client.command({ host, port, login }, ["PING"]), node).toBe("PONG");
			for (const name of ["redis", "sentinel", "role"]) {
				const { liveness_probe: alive } = specification(name);
				expect(() => of(node, name).run(...alive.exec.command), name).not.toThrow();
			}
		}
	});

	test("the proxy is alive and ready by its own probes", async () => {
		const [{ liveness_probe: live, readiness_probe: ready, port: ports }]: Block[] = proxyPod().container;
		for (const { path, port } of [live, ready].flatMap(({ http_get }) => http_get)) {
			const { container_port: number } = ports.find(({ name }: Block) => name === port);
			const url = `http://${proxyAddress}:${number}${path}`;
			await waitFor(`${url} answers`, async () => (await client.get(url)).status === 200, soon);
		}
	});

	test("have the user, the rights, the root and the memory of their pod", () => {
		for (const [name, container] of containers.get("redis-node-0") ?? []) {
			const { resources } = specification(name);
			expect(container.run("id", "-u"), name).toBe("999\n");
			expect(container.run("cat", "/proc/self/status"), name).toMatch(
				/^CapBnd:\s+0+$[\s\S]*^NoNewPrivs:\s1$/m,
			);
			expect(() => container.run("touch", "/file"), name).toThrow(/Read-only/);
			expect(container.memoryLimit, name).toBe(bytesOf(resources.limits.memory));
		}
	});

	test("need no memory beyond their limits", () => {
		const all = [...containers.values()].flatMap((own) => [...own.values()]);
		expect([...all, proxy].map(({ kills }) => kills)).toEqual([...all, proxy].map(() => 0));
	});

	test("a master that is asked to end has handed over first, and the proxy leads to the next, with what was written", async () => {
		const first = await master();
		expect(await client.command(throughProxy, ["SET", "key", "value"])).toBe("OK");
		await terminate(stack.pod("stateful_set", "redis-node"), containers.get(first) ?? new Map());
		containers.delete(first);
		const others = nodes.filter((node) => node !== first);
		expect(others.map(roleOf).sort()).toEqual(["master", "slave"]);
		await waitFor(
			"the proxy leads to the new master",
			async () => (await client.command(throughProxy, ["SET", "key", "other"]).catch(() => "")) === "OK",
			soon,
		);
		expect(await client.command(throughProxy, ["GET", "key"])).toBe("other");
	});

	test("the proxy that is asked to end answers until its hook is through", async () => {
		const ending = terminate(proxyPod(), new Map([["haproxy", proxy]]));
		expect(await client.command(throughProxy, ["PING"])).toBe("PONG");
		await ending;
		await expect(client.command(throughProxy, ["PING"])).rejects.toThrow("ECONNREFUSED");
	});
});
