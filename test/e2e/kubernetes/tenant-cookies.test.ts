import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CookieJar } from "tough-cookie";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseSite } from "../../../config/parse-site.ts";
import type { Site } from "../../../config/schema/site.ts";
import lab from "../../../config/sites/lab.ts";
import { renderOwnerIngress } from "../../../constructs/kubernetes/owner-ingress.ts";
import { ingressObject } from "../boundary/hostile-ingresses.ts";
import { ControlPlane, simulatedPrograms } from "../harness/control-plane.ts";
import { needsPrograms } from "../harness/programs.ts";
import { ServedCluster, servingPrograms } from "../harness/served-cluster.ts";
import { waitFor } from "../harness/wait-for.ts";

/** Cookies between a login and an owner's app: a browser's jar, with hosts as the real Traefik serves them. */
const ready = needsPrograms(...simulatedPrograms, ...servingPrograms);

const { domain } = lab.network;
const siblings = parseSite(lab);
const apart = parseSite({
	...lab,
	network: { ...lab.network, tenantHosts: { kind: "apart", domain: "apps.example.net" } },
});
const login = `https://vault.${domain}/`;
const sibling = `https://shop.${domain}/`;
const other = "https://shop.apps.example.net/";

const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-cookies-`));
let plane: ControlPlane;
let cluster: ServedCluster;

async function serve(site: Site, namespace: string, host: string): Promise<string> {
	const make = (path: string, body: object) => plane.ask("POST", path, body);
	const core = `/api/v1/namespaces/${namespace}`;
	const labels = { app: "web" };
	const pod = {
		metadata: { name: "web", labels },
		spec: { containers: [{ name: "web", image: "registry.k8s.io/pause:3.10" }] },
	};
	await make("/api/v1/namespaces", { metadata: { name: namespace } });
	await waitFor(`a pod of ${namespace}`, async () => (await make(`${core}/pods`, pod)).status === 201, {
		within: 20_000,
		every: 200,
	});
	await make(`${core}/services`, {
		metadata: { name: "web" },
		spec: { selector: labels, ports: [{ port: 80 }] },
	});
	const backend = { name: "web", port: 80 };
	const ingress = renderOwnerIngress(site, { namespace, app: "web", host, backend, protection: {} });
	const path = `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses`;
	expect((await make(path, ingressObject(ingress))).status).toBe(201);
	return ingressObject(ingress).spec.rules?.[0]?.host ?? "";
}

beforeAll(async () => {
	if (!ready) return;
	const planeFolder = join(folder, "plane");
	mkdirSync(planeFolder);
	plane = await ControlPlane.start(planeFolder, {}, lab.network.pods);
	cluster = await ServedCluster.open(plane, join(folder, "served"), siblings);
	await cluster.startDns();
	await cluster.startTraefik();
	const hosts = [
		await serve(siblings, "vault", "vault"),
		await serve(siblings, "alice", "shop"),
		await serve(apart, "bob", "shop"),
	];
	expect(hosts).toEqual([login, sibling, other].map((url) => new URL(url).hostname));
	for (const url of [login, sibling, other]) await cluster.whenAnswers(url, 200);
}, 120_000);
afterAll(async () => {
	await cluster?.close();
	await plane?.stop();
	rmSync(folder, { recursive: true });
});

/** What a browser with a jar does: sends what it has for the host, and keeps what it is given if it may. */
class Browser {
	readonly #jar = new CookieJar();

	/** Cookies that arrived at whoever serves the address. */
	async visit(url: string): Promise<string> {
		const cookie = await this.#jar.getCookieString(url);
		const { pod, headers } = await cluster.get(url, cookie === "" ? {} : { cookie });
		for (const one of [headers["set-cookie"] ?? []].flat())
			await this.#jar.setCookie(one, url).catch(() => {});
		return String(pod?.headers.cookie ?? "");
	}
}
const setting = (cookie: string) => `?set-cookie=${encodeURIComponent(cookie)}`;
const ofDomain = `session=alice; Domain=${domain}; Path=/; Secure; HttpOnly`;

describe("an owner's app beside a login", () => {
	test("is sent cookies of the whole domain", async () => {
		const browser = new Browser();
		await browser.visit(`${login}${setting(ofDomain)}`);
		expect(await browser.visit(sibling)).toBe("session=alice");
	});

	test("sets cookies for the login", async () => {
		const browser = new Browser();
		await browser.visit(`${sibling}${setting(`session=mallory; Domain=${domain}; Path=/`)}`);
		expect(await browser.visit(login)).toBe("session=mallory");
	});

	test("sets none that is bound to one host by its name", async () => {
		const browser = new Browser();
		for (const more of [`; Domain=${domain}`, ""])
			await browser.visit(`${sibling}${setting(`__Host-session=mallory; Path=/; Secure${more}`)}`);
		expect(await browser.visit(login)).toBe("");
	});
});

describe("an owner's app on a site of its own", () => {
	test("is sent no cookie of the platform's domain", async () => {
		const browser = new Browser();
		await browser.visit(`${login}${setting(ofDomain)}`);
		expect(await browser.visit(login)).toBe("session=alice");
		expect(await browser.visit(other)).toBe("");
	});

	test("sets none for the login, for its own domain or for the login's", async () => {
		const browser = new Browser();
		for (const of of [domain, `vault.${domain}`, "apps.example.net", "example.net", "net"])
			await browser.visit(`${other}${setting(`session=mallory; Domain=${of}; Path=/`)}`);
		expect(await browser.visit(login)).toBe("");
	});
});
