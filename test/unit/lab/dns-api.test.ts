import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { apiPath, dnsApi } from "../../../lab/dns-api/server.ts";

const settings = {
	token: "dummy-token",
	domain: "lab.example.org",
	zoneId: "zone",
	accountId: "account",
	tunnelId: "tunnel",
};
const server = dnsApi(settings);
let address = "";

beforeAll(async () => {
	vi.spyOn(process.stdout, "write").mockReturnValue(true);
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	address = `http://127.0.0.1:${(server.address() as AddressInfo).port}${apiPath}`;
});
afterAll(() => void server.close());

async function ask(method: string, path: string, body?: unknown, token = settings.token) {
	const response = await fetch(`${address}/${path}`, {
		method,
		headers: { authorization: `Bearer ${token}` },
		...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
	});
	// biome-ignore lint/suspicious/noExplicitAny: answers are read by name
	const { errors, result } = (await response.json()) as any;
	return { status: response.status, codes: errors.map(({ code }: { code: number }) => code), result };
}

const records = "zones/zone/dns_records";
const host = { name: "a.lab.example.org", type: "A", content: "192.0.2.1", ttl: 1 };

test("another token is refused", async () => {
	expect(await ask("GET", records, undefined, "guess")).toEqual({
		status: 403,
		codes: [10_000],
		result: null,
	});
});

test("a record is kept, changed, and gone when it was deleted", async () => {
	const { result: made } = await ask("POST", records, host);
	expect(made).toMatchObject({ ...host, proxied: false, proxiable: true, settings: {}, tags: [] });
	const changed = { ...host, content: "192.0.2.2" };
	expect((await ask("PUT", `${records}/${made.id}`, changed)).result).toMatchObject({
		...changed,
		id: made.id,
	});
	expect((await ask("GET", `${records}/${made.id}`)).result.content).toBe("192.0.2.2");
	expect((await ask("DELETE", `${records}/${made.id}`)).result).toEqual({ id: made.id });
	expect(await ask("GET", `${records}/${made.id}`)).toMatchObject({ status: 404, codes: [81_044] });
});

test("a service is kept by its parts, and lists with the content that the API makes of them", async () => {
	const data = { priority: 0, weight: 1, port: 993, target: "mail.lab.example.org" };
	const service = { name: "_imaps._tcp.lab.example.org", type: "SRV", ttl: 1, priority: 0, data };
	const { result: made } = await ask("POST", records, service);
	expect(made).toMatchObject({ ...service, content: "1 993 mail.lab.example.org" });
	const { target: _, ...part } = data;
	expect(await ask("POST", records, { ...service, data: part })).toMatchObject({
		status: 400,
		codes: [9007],
	});
	await ask("DELETE", `${records}/${made.id}`);
});

test("a list ends, for clients turn pages until one is empty", async () => {
	const { result: made } = await ask("POST", records, host);
	expect((await ask("GET", records)).result).toHaveLength(1);
	expect((await ask("GET", `${records}?page=2`)).result).toEqual([]);
	expect((await ask("GET", "zones?name=lab.example.org")).result).toEqual([
		{ id: "zone", name: "lab.example.org" },
	]);
	expect((await ask("GET", "zones?name=example.org")).result).toEqual([]);
	await ask("DELETE", `${records}/${made.id}`);
});

describe("beside a host and an alias", () => {
	const alias = { name: "b.lab.example.org", type: "CNAME", content: host.name };
	const made: string[] = [];
	beforeAll(async () => {
		for (const record of [host, alias]) made.push((await ask("POST", records, record)).result.id);
	});
	afterAll(async () => {
		for (const id of made) await ask("DELETE", `${records}/${id}`);
	});

	test.for<[string, object, number]>([
		["the same record once more", host, 81_058],
		["an alias of the host's name", { ...alias, name: host.name }, 81_053],
		["an address of the alias's name", { ...host, name: alias.name }, 81_053],
		["a name of another zone", { ...host, name: "a.example.net" }, 9000],
		["a name that only ends alike", { ...host, name: "xlab.example.org" }, 9000],
		["an unknown type", { ...host, type: "AX" }, 9004],
		["a text that is proxied", { name: host.name, type: "TXT", content: '"x"', proxied: true }, 9004],
		["no content", { ...host, name: "c.lab.example.org", content: "" }, 9007],
		["an exchanger without a preference", { name: host.name, type: "MX", content: host.name }, 9020],
		["a life of five seconds", { ...host, name: "c.lab.example.org", ttl: 5 }, 9021],
	])("%s is refused", async ([, record, code]) => {
		expect(await ask("POST", records, record)).toMatchObject({ status: 400, codes: [code] });
	});

	test("another address of the host is none", async () => {
		const second = await ask("POST", records, { ...host, content: "192.0.2.9" });
		expect(second.status).toBe(200);
		made.push(second.result.id);
	});
});

test("a setting and the configuration of the tunnel are as they were written", async () => {
	await ask("PATCH", "zones/zone/settings/http3", { value: "on" });
	expect((await ask("GET", "zones/zone/settings/http3")).result.value).toBe("on");
	const tunnel = "accounts/account/cfd_tunnel/tunnel/configurations";
	const config = { ingress: [{ service: "http_status:404" }] };
	expect((await ask("GET", tunnel)).result).toMatchObject({ config: null, version: 0 });
	await ask("PUT", tunnel, { config });
	expect((await ask("GET", tunnel)).result).toMatchObject({ config, version: 1 });
});

test.for([
	["GET", "zones/other/dns_records"],
	["GET", "accounts/account/cfd_tunnel/other/configurations"],
	["DELETE", "zones/zone/settings/http3"],
	["GET", "elsewhere"],
] as const)("%s %s leads nowhere", async ([method, path]) => {
	expect(await ask(method, path)).toMatchObject({ status: 404, codes: [7003] });
});

test("what is no JSON is refused, and the next request answered", async () => {
	expect(await ask("POST", records, "{")).toMatchObject({ status: 400, codes: [6003] });
	expect((await ask("GET", records)).status).toBe(200);
});
