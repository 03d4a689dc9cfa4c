import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parseSite } from "../../../config/parse-site.ts";
import type { Site } from "../../../config/schema/site.ts";
import lab from "../../../config/sites/lab.ts";
import { renderHostIngress } from "../../../constructs/kubernetes/host-ingress.ts";
import { middlewareChain } from "../../../constructs/kubernetes/middleware-chain.ts";
import { renderOwnerIngress } from "../../../constructs/kubernetes/owner-ingress.ts";
import { ControlPlane, simulatedPrograms } from "../harness/control-plane.ts";
import { needsPrograms } from "../harness/programs.ts";
import { ServedCluster, servingPrograms } from "../harness/served-cluster.ts";
import { certificateOf } from "../kubernetes/served-hosts.ts";
import { AppliedPlatform } from "../platform/applied-platform.ts";
import { pod } from "../platform/people.ts";
import { hostile, ingressObject, kinds, own } from "./hostile-ingresses.ts";

/** An owner with kubectl wants a host that is not theirs, from the real API server and the real Traefik. */
const ready = needsPrograms(...simulatedPrograms, "terraform", "openssl", ...servingPrograms);

const alice = { role: "namespace-owner", email: "a@example.com", namespaces: ["alice"], domains: ["shop"] };
const bob = { role: "namespace-owner", email: "b@example.com", namespaces: ["bob"], domains: ["blog"] };
const registry = { alice, bob };

const { domain } = lab.network;
const vault = `https://vault.${domain}/`;
const shop = `https://shop.${domain}/`;
const blog = `https://blog.${domain}/`;
const networking = "/apis/networking.k8s.io/v1/namespaces";

const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-hosts-`));
let plane: ControlPlane;
let platform: AppliedPlatform;
let cluster: ServedCluster;
let site: Site;
let missing: string | undefined;

const must = async (path: string, body: object) => {
	const { status, body: answer } = await plane.ask("POST", path, body);
	if (status !== 201) throw new Error(`POST ${path}: ${status} ${answer.message}`);
};
const asAlice = async (method: string, path: string, body?: object) => {
	const { status, body: answer } = await platform.as(alice.email, method, path, body);
	return [status, answer.message ?? ""] as const;
};
/** Who answers at the hosts of the platform and of the neighbour. */
const served = async () =>
	Promise.all(
		[vault, `${vault}steal`, shop, blog].map(async (url) => {
			const { status, pod } = await cluster.get(url, { cookie: "session=root" });
			return pod === undefined ? String(status) : pod.namespace;
		}),
	);
const asItShould = ["vault", "vault", "alice", "bob"];

async function app(namespace: string, name: string): Promise<void> {
	const labels = { app: name };
	const { spec } = pod(name);
	await must(`/api/v1/namespaces/${namespace}/pods`, { metadata: { name, labels }, spec });
	await must(`/api/v1/namespaces/${namespace}/services`, {
		metadata: { name },
		spec: { selector: labels, ports: [{ port: 80 }] },
	});
}

beforeAll(async () => {
	if (!ready) return;
	const planeFolder = join(folder, "plane");
	mkdirSync(planeFolder);
	plane = await ControlPlane.start(planeFolder, {}, lab.network.pods);
	site = parseSite(lab);
	platform = await AppliedPlatform.on(plane, folder);
	missing = await platform.providersMissing(registry);
	if (missing !== undefined) return;
	cluster = await ServedCluster.open(plane, join(folder, "served"), site);
	await cluster.startDns();
	await cluster.startTraefik();
	await platform.makeOtherNamespaces();
	await platform.makeNamespaces(registry);
	await must("/api/v1/namespaces", { metadata: { name: "vault" } });
	await platform.whenReady("vault");
	await platform.apply(registry);
	for (const name of ["alice", "bob"]) await platform.whenCounted(name);
	for (const [namespace, name] of [
		["vault", "vault"],
		["alice", "web"],
		["bob", "web"],
	] as const)
		await app(namespace, name);
	const { className, namespace, middlewares } = site.cluster.ingress;
	const login = middlewareChain({ protected: true }, { namespace, middlewares, ownPolicy: "" });
	const platforms = renderHostIngress({
		namespace: { name: "vault" },
		name: "vault",
		className,
		host: `vault.${domain}`,
		backend: { name: "vault", port: 80 },
		chain: login,
		annotations: {},
	});
	await must(`${networking}/vault/ingresses`, ingressObject(platforms));
	for (const [namespace, host] of [
		["alice", "shop"],
		["bob", "blog"],
	] as const) {
		const props = { namespace, app: "web", host, backend: { name: "web", port: 80 }, protection: {} };
		const user = namespace === "alice" ? alice.email : bob.email;
		const object = ingressObject(renderOwnerIngress(site, props));
		expect((await platform.as(user, "POST", `${networking}/${namespace}/ingresses`, object)).status).toBe(
			201,
		);
	}
	await cluster.whenAnswers(vault, 200, { cookie: "session=root" });
	await cluster.whenAnswers(shop, 200);
	await cluster.whenAnswers(blog, 200);
}, 360_000);
beforeEach(({ skip }) => {
	if (missing !== undefined) skip(missing);
});
afterAll(async () => {
	await cluster?.close();
	await plane?.stop();
	rmSync(folder, { recursive: true });
});

test("hosts of the platform and of owners are served by their own pods, with the login", async () => {
	expect(await served()).toEqual(asItShould);
	expect((await cluster.get(vault)).status).toBe(302);
});

describe("an owner's ingress", () => {
	const nothing = Object.fromEntries(Object.keys(own.metadata.annotations ?? {}).map((key) => [key, null]));

	test.for(hostile)("%s is refused", async ([, object]) => {
		const [status, message] = await asAlice("POST", `${networking}/alice/ingresses`, object);
		expect([403, 422]).toContain(status);
		expect(message).toMatch(status === 403 ? /ValidatingAdmissionPolicy 'tenant-hosts'/ : /is invalid/);
	});

	test.for(hostile)("cannot become one %s", async ([, object]) => {
		const [status] = await asAlice("PATCH", `${networking}/alice/ingresses/web`, {
			...object,
			// A patch takes away what it says is null.
			metadata: { annotations: object.metadata.annotations ?? nothing },
		});
		expect([403, 422]).toContain(status);
	});

	test("of the owner's own host with another path passes, and is served", async () => {
		expect(await asAlice("POST", `${networking}/alice/ingresses`, own)).toEqual([201, ""]);
		const { pod } = await cluster.whenAnswers(`${shop}api/x`, 200);
		expect(pod).toMatchObject({ namespace: "alice", url: "/api/x" });
		expect(await served()).toEqual(asItShould);
	});
});

test.for(kinds)("an owner makes no %s, even where an add-on gives the right", async ([, path, object]) => {
	const [status, message] = await asAlice("POST", path, object);
	expect([status, message]).toEqual([403, expect.stringMatching(/tenant-(kinds|services)|forbidden/)]);
	expect(await served()).toEqual(asItShould);
});

describe("a client", () => {
	test.each(["VAULT.LAB.example.org", "vault.lab.example.org.", "vault.lab.example.org:443"])(
		"who spells a host %s is asked to log in all the same",
		async (host) => {
			const { status } = await cluster.ask(`vault.${domain}`, "/", { host });
			expect([302, 404]).toContain(status);
		},
	);

	test.each(["//", "/./", "/x/../", "/%2e%2e/", "/%2f", "/..;/", "/\\", "/?/../"])(
		"who asks for the path %s is asked to log in all the same",
		async (path) => {
			const { status, pod } = await cluster.ask(`vault.${domain}`, path);
			expect([302, 400, 404]).toContain(status);
			expect(pod).toBeUndefined();
		},
	);

	test("who names an owner's host in TLS and the platform's in HTTP is asked to log in", async () => {
		const { status } = await cluster.ask(`shop.${domain}`, "/", { host: `vault.${domain}` });
		expect([302, 421]).toContain(status);
	});
});

/** What the policy keeps off, seen once it is gone. */
describe("without the policy", () => {
	const attack = async (object: object | undefined) => {
		const create = async () => (await asAlice("POST", `${networking}/alice/ingresses`, object))[0];
		await expect.poll(create, { timeout: 60_000 }).toBe(201);
	};

	beforeAll(async () => {
		if (!ready || missing !== undefined) return;
		const bindings = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings";
		await plane.ask("DELETE", `${bindings}/tenant-hosts`);
	});

	test("an owner's pod is served on a path of the platform's host, around the login", async () => {
		await attack(hostile[0]?.[1]);
		await expect.poll(served, { timeout: 60_000 }).toEqual(["vault", "alice", "alice", "bob"]);
		expect((await cluster.get(`${vault}steal`)).status).toBe(200);
		await asAlice("DELETE", `${networking}/alice/ingresses/hostile`);
		await expect.poll(served, { timeout: 60_000 }).toEqual(asItShould);
	});

	test("an owner's certificate is served for the platform's host", async () => {
		const data = certificateOf(join(folder, "certificate"), domain);
		const secret = { metadata: { name: "mine" }, type: "kubernetes.io/tls", data };
		expect(await asAlice("POST", "/api/v1/namespaces/alice/secrets", secret)).toEqual([201, ""]);
		await attack(hostile.find(([what]) => what === "with a certificate")?.[1]);
		await expect.poll(() => cluster.certificate(`vault.${domain}`), { timeout: 60_000 }).toBe(`CN=${domain}`);
	});
});
