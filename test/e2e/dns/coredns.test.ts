import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseSite } from "../../../config/parse-site.ts";
import { projectRoot } from "../../../config/project-root.ts";
import { parseRegistry } from "../../../config/registry/parse-registry.ts";
import type { SiteInput } from "../../../config/schema/site.ts";
import home from "../../../config/sites/home.ts";
import lab from "../../../config/sites/lab.ts";
import { policyEngineDefaults } from "../../../config/sites/platform-defaults.ts";
import { podPolicies } from "../../../constructs/platform/policy-engine/pod-policies.ts";
import { loadStacks } from "../../../stacks/catalogue.ts";
import { InfraApp } from "../../../stacks/infra-app.ts";
import { ControlPlane, simulatedPrograms } from "../harness/control-plane.ts";
import { needsPrograms } from "../harness/programs.ts";
import { ServedCluster, servingPrograms } from "../harness/served-cluster.ts";
import { waitFor } from "../harness/wait-for.ts";
import {
	type NamedObject,
	promisedServices,
	servedNames,
	statedServices,
	usedNames,
} from "./documented-names.ts";

/** Names as pods resolve them: the resolver of the C library, the search list of a pod, the real CoreDNS. */
const ready = needsPrograms(...simulatedPrograms, "getent", ...servingPrograms);
const run = promisify(execFile);
const soon = { within: 20_000, every: 200 };

const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-names-`));
const outside = "192.0.2.53";
let plane: ControlPlane;
let cluster: ServedCluster;

async function make({ namespace, plural, object }: NamedObject): Promise<void> {
	await plane.ask("POST", "/api/v1/namespaces", { metadata: { name: namespace } });
	await waitFor(
		`${JSON.stringify(object)} in ${namespace}`,
		async () =>
			[201, 409].includes(
				(await plane.ask("POST", `/api/v1/namespaces/${namespace}/${plural}`, object)).status,
			),
		soon,
	);
}

/** Addresses of a name in a pod of a namespace; none when it does not exist. */
async function resolve(name: string, namespace: string, ndots: number): Promise<readonly string[]> {
	const file = join(folder, `resolv-${namespace}-${ndots}`);
	const search = `search ${namespace}.svc.cluster.local svc.cluster.local cluster.local`;
	// Once: others are reading it.
	if (!existsSync(file))
		writeFileSync(file, `nameserver ${lab.cluster.dns.address}\n${search}\noptions ndots:${ndots}\n`);
	const script = 'mount --bind "$1" /etc/resolv.conf && exec getent ahostsv4 "$2"';
	const [command, args] = cluster.command("unshare", "--mount", "sh", "-c", script, "sh", file, name);
	try {
		const { stdout } = await run(command, args, { timeout: 20_000 });
		return [
			...new Set(
				stdout
					.trim()
					.split("\n")
					.map((line) => line.split(" ")[0] ?? ""),
			),
		];
	} catch (error) {
		if ((error as { code?: number }).code === 2) return [];
		throw error;
	}
}

beforeAll(async () => {
	if (!ready) return;
	const planeFolder = join(folder, "plane");
	mkdirSync(planeFolder);
	plane = await ControlPlane.start(planeFolder, {}, lab.network.pods);
	const site = parseSite(lab);
	cluster = await ServedCluster.open(plane, join(folder, "served"), site);
	await cluster.startDns({ "github.com": outside, "api.gitlab.com": outside });
}, 120_000);
afterAll(async () => {
	await cluster?.close();
	await plane?.stop();
	rmSync(folder, { recursive: true });
});

/** What pods get where the policy engine runs; Kubernetes says 5. */
const injected = podPolicies(policyEngineDefaults).find(({ name }) => name === "inject-ndots");
const ours = Number(/"ndots","value":"(\d)"/.exec(JSON.stringify(injected))?.[1]);

const service = (name: string, spec: object = {}) => ({
	metadata: { name },
	spec: { ports: [{ port: 80 }], ...spec },
});

async function serviceAddress(namespace: string, name: string): Promise<string> {
	return (await plane.ask("GET", `/api/v1/namespaces/${namespace}/services/${name}`)).body.spec.clusterIP;
}

describe("a name outside of the cluster", () => {
	beforeAll(async () => {
		if (!ready) return;
		const behind = { app: "gitlab" };
		const pod = {
			metadata: { name: "gitlab", labels: behind },
			spec: {
				hostname: "api",
				subdomain: "gitlab",
				containers: [{ name: "app", image: "registry.k8s.io/pause:3.10" }],
			},
		};
		await make({ namespace: "com", plural: "services", object: service("github") });
		await make({
			namespace: "com",
			plural: "services",
			object: service("gitlab", { selector: behind, clusterIP: "None" }),
		});
		await make({ namespace: "com", plural: "pods", object: pod });
		await make({ namespace: "shop", plural: "services", object: service("web") });
		for (const name of [
			"web.shop.svc.cluster.local",
			"github.com.svc.cluster.local",
			"api.gitlab.com.svc.cluster.local",
		])
			await waitFor(name, async () => (await resolve(name, "shop", 1)).length > 0, soon);
	}, 60_000);

	test.each([5, ours])(
		"with one dot is a Service in a namespace called like its end, with ndots %i",
		async (ndots) => {
			expect(await resolve("github.com", "shop", ndots)).toEqual([await serviceAddress("com", "github")]);
			expect(await resolve("github.com.", "shop", ndots)).toEqual([outside]);
		},
	);

	test("so no tenant has a namespace like that", () => {
		const entry = { role: "namespace-owner", email: "a@example.com", namespaces: ["com"] };
		expect(() => parseRegistry(JSON.stringify({ alice: entry }))).toThrow("com is reserved");
	});

	test("with two dots is one of a tenant's pods by default, and never with our ndots", async () => {
		expect(await resolve("api.gitlab.com", "shop", 5)).toEqual([
			(await plane.ask("GET", "/api/v1/namespaces/com/pods/gitlab")).body.status.podIP,
		]);
		expect(await resolve("api.gitlab.com", "shop", ours)).toEqual([outside]);
	});

	test("that nobody has does not exist", async () => {
		expect(await resolve("nobody.example.com", "shop", ours)).toEqual([]);
	});
});

test.each(["web", "web.shop", "web.shop.svc", "web.shop.svc.cluster.local"])(
	"%s is the Service with our ndots",
	async (name) => {
		expect(await resolve(name, "shop", ours)).toEqual([await serviceAddress("shop", "web")]);
	},
);

describe.each([
	["lab", lab as SiteInput],
	["home", home as SiteInput],
])("in the documents of %s", (name, input) => {
	test("every name inside the cluster exists", async () => {
		const site = parseSite(input);
		const stacks = await loadStacks();
		const registry = parseRegistry(readFileSync(join(projectRoot, "config/registry/lab.json"), "utf8"));
		const app = new InfraApp({ site, registry, stacks, outdir: join(folder, `out-${name}`) });
		const world = { site, stacks: app.stacks.map((stack) => stack.synthesizeOnce()) };
		const served = servedNames(world);
		for (const one of [...statedServices(input), ...served, ...promisedServices(world)]) await make(one);
		const used = usedNames(world);
		expect(used.length).toBeGreaterThan(8);
		const last = served.at(-1);
		expect(last).toBeDefined();
		const dead = async () => {
			const found = await Promise.all(
				used.map(async (one) => [one, await resolve(one.name, one.namespace, ours)] as const),
			);
			return found.filter(([, addresses]) => addresses.length === 0).map(([one]) => one);
		};
		// Names of pods come once these are ready.
		await expect.poll(dead, { timeout: 20_000, interval: 500 }).toEqual([]);
		expect(await resolve("redis-slave.redis.svc.cluster.local", "redis", ours)).toEqual([]);
	}, 90_000);
});
