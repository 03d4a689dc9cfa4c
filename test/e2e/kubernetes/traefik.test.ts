import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { hostsWithLogin } from "../../../clients/ingress/hosts-with-login.ts";
import { isGuarded, lookWithoutLogin } from "../../../clients/ingress/look.ts";
import type { Site } from "../../../config/schema/site.ts";
import type { StackDocument } from "../../../world/world.ts";
import { ControlPlane, simulatedPrograms } from "../harness/control-plane.ts";
import { needsPrograms } from "../harness/programs.ts";
import { ServedCluster, servingPrograms } from "../harness/served-cluster.ts";
import { TerraformFolder } from "../harness/terraform-folder.ts";
import { certificateOf, domain, hostStack, type ServedHost, siteWith } from "./served-hosts.ts";

/** What `Ingress` writes, as the real Traefik serves it. */
const ready = needsPrograms(...simulatedPrograms, "terraform", "openssl", ...servingPrograms);

const hosts: Readonly<Record<string, ServedHost>> = {
	open: { protected: false, contentSecurityPolicy: "default-src 'self'" },
	shut: { protected: true },
	near: { protected: false, localOnly: true },
	broken: { protected: true, middlewares: ["shop-nothing@kubernetescrd"] },
};
const url = (host: string, path = "/") => `https://${host}.${domain}${path}`;
const alice = { cookie: "session=alice" };

const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-traefik-`));
let plane: ControlPlane;
let cluster: ServedCluster;
let site: Site;
let document: StackDocument;
let missing: string | undefined;
let early: (string | number)[] = [];

const answerOf = async (pod: string, answer: string | null) => {
	const path = `/api/v1/namespaces/traefik/pods/${pod}`;
	const { status } = await plane.ask("PATCH", path, { metadata: { annotations: { "lab/answer": answer } } });
	expect(status).toBe(200);
};
const ingress = async (name: string, change: object) => {
	const path = `/apis/networking.k8s.io/v1/namespaces/shop/ingresses/${name}`;
	expect((await plane.ask("PATCH", path, change)).status).toBe(200);
};
const look = () =>
	lookWithoutLogin(hostsWithLogin({ site, stacks: [document] }), {
		address: "127.0.0.1",
		port: cluster.port,
		within: 3000,
	});

beforeAll(async () => {
	if (!ready) return;
	const planeFolder = join(folder, "plane");
	mkdirSync(planeFolder);
	plane = await ControlPlane.start(planeFolder, {}, "198.51.100.0/24");
	site = siteWith(Object.keys(hosts), plane.kubeconfig);
	document = hostStack(site, hosts, join(folder, "out"));
	const terraform = new TerraformFolder(join(folder, "stack"), {});
	terraform.write(document);
	missing = await terraform.providersMissing();
	if (missing !== undefined) return;
	cluster = await ServedCluster.open(plane, join(folder, "served"), site);
	await cluster.startTraefik();
	await plane.ask("POST", "/api/v1/namespaces", { metadata: { name: "shop" } });
	const data = certificateOf(join(folder, "certificate"), domain);
	const secret = { metadata: { name: "tls" }, type: "kubernetes.io/tls", data };
	await plane.ask("POST", "/api/v1/namespaces/shop/secrets", secret);
	await terraform.apply();
	// Without DNS nobody can be asked about a login.
	await cluster.whenAnswers(url("shut"), 500);
	early = [(await cluster.get(url("shut"), alice)).status, ...(await look()).map(({ met }) => met)];
	await cluster.startDns();
	await cluster.whenAnswers(url("shut"), 302);
	await cluster.whenAnswers(url("open"), 200);
	await cluster.whenAnswers(url("broken"), 404);
}, 180_000);
beforeEach(({ skip }) => {
	if (missing !== undefined) skip(missing);
});
afterAll(async () => {
	await cluster?.close();
	await plane?.stop();
	rmSync(folder, { recursive: true });
});

describe("a host", () => {
	test("is served by its own pod and certificate, with its policy and the filters of the site", async () => {
		const { pod, headers } = await cluster.get(url("open", "/a?b=c"));
		expect(pod).toMatchObject({ namespace: "shop", service: "open", url: "/a?b=c" });
		expect(pod?.pod).toMatch(/^open-/);
		expect(headers).toMatchObject({
			"content-security-policy": "default-src 'self'",
			"x-robots-tag": "noai, noimageai",
		});
		expect(await cluster.certificate(`open.${domain}`)).toBe(`CN=${domain}`);
	});

	test("is served by HTTPS only", async () => {
		const answer = await fetch(`http://127.0.0.1:${cluster.plainPort}/a`, { redirect: "manual" });
		expect(answer.status).toBe(301);
		expect(answer.headers.get("location")).toMatch(/^https:/);
	});

	test("for the site's own networks refuses everybody else", async () => {
		const host = `near.${domain}`;
		const from = async (port: number) => (await cluster.ask(host, "/", {}, { port })).status;
		expect([await from(cluster.port), await from(cluster.localPort)]).toEqual([403, 200]);
	});

	test("that nobody serves, or whose middleware does not exist, is served to nobody", async () => {
		const answers = [await cluster.get(url("nobody")), await cluster.get(url("broken"), alice)];
		expect(answers.map(({ status }) => status)).toEqual([404, 404]);
		expect(cluster.log("traefik")).toContain('middleware \\"shop-nothing@kubernetescrd\\" does not exist');
	});

	test("limits the requests of a client", async () => {
		const answers = await Promise.all(
			Array.from({ length: 80 }, () => cluster.ask(`open.${domain}`, "/", {}, { port: cluster.localPort })),
		);
		const statuses = answers.map(({ status }) => status);
		expect(new Set(statuses)).toEqual(new Set([200, 429]));
		expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(40);
	});
});

describe("a host with a login", () => {
	const shut = url("shut", "/mail?x=1");

	test("sends who has no session to the login, with the way back", async () => {
		const { status, headers } = await cluster.get(shut);
		expect([status, headers.location]).toEqual([
			302,
			`https://login.${domain}/?rd=${encodeURIComponent(shut)}`,
		]);
	});

	test("tells the app who has logged in, whatever the client says", async () => {
		const forged = {
			...alice,
			"X-authentik-username": "root",
			"X-authentik-groups": "admins",
			X_authentik_username: "root",
		};
		const { status, pod } = await cluster.get(shut, forged);
		expect([status, pod?.service]).toEqual([200, "shut"]);
		const told = Object.entries(pod?.headers ?? {}).filter(([name]) => /^x.authentik/.test(name));
		expect(told).toEqual([["x-authentik-username", "alice"]]);
	});

	test("is shut while nobody can say who has logged in", async () => {
		expect(early).toEqual([500, "unknown", "not served"]);
	});

	test.each(["500", "503", "403", "401"])(
		"answers %s as the login does, and not with the app",
		async (said) => {
			await answerOf("login", said);
			const { pod } = await cluster.whenAnswers(shut, Number(said), alice);
			// The site's error pages answer in the place of some.
			expect([undefined, "error-pages"]).toContain(pod?.service);
		},
	);

	test("waits with a login that says nothing", async () => {
		await answerOf("login", "none");
		const silent = async () => {
			await cluster.ask(`shut.${domain}`, "/", alice, { within: 1500 }).then(
				({ status }) => expect(status).toBe(0),
				(error: Error) => expect(error.message).toContain("no answer"),
			);
			return true;
		};
		await expect.poll(silent, { timeout: 10_000 }).toBe(true);
	});
});

describe("the look from outside", () => {
	test("finds logins where they are", async () => {
		await answerOf("login", "login");
		await cluster.whenAnswers(url("shut"), 302);
		expect(await look()).toEqual([
			{
				host: `shut.${domain}`,
				path: "/",
				met: "login",
				detail: `302 to https://login.${domain}/?rd=${encodeURIComponent(url("shut"))}`,
			},
			{ host: `broken.${domain}`, path: "/", met: "not served", detail: "404" },
		]);
	});

	test("finds an app that is open although its host says that it is protected", async () => {
		const annotation = "traefik.ingress.kubernetes.io/router.middlewares";
		await ingress("shut", { metadata: { annotations: { [annotation]: null } } });
		await cluster.whenAnswers(url("shut"), 200);
		const [shut] = await look();
		expect(shut).toMatchObject({ met: "open", detail: "200" });
		expect(isGuarded({ met: "open" })).toBe(false);
	});

	test("finds one whose class its controller does not serve", async () => {
		await ingress("shut", { spec: { ingressClassName: "nginx" } });
		await cluster.whenAnswers(url("shut"), 404);
		expect((await look())[0]).toMatchObject({ met: "not served" });
	});
});
