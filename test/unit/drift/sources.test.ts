import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { accepted } from "../../../cli/drift/sources/accepted.ts";
import { withSources } from "../../../cli/drift/sources/ask-sources.ts";
import { dns } from "../../../cli/drift/sources/dns.ts";
import { compareAnswers } from "../../../cli/drift/sources/dns-answers.ts";
import { lookAt, type Source } from "../../../cli/drift/sources/source.ts";
import { exitCodeOf, outcomeOf, type StackDrift } from "../../../cli/drift/stack-drift.ts";
import { zoneRecords } from "../../../clients/cloudflare/zone-records.ts";
import { VisibleError } from "../../../config/schema/visible-error.ts";
import { DnsRecord, type DnsRecordProps } from "../../../constructs/dns/dns-record.ts";
import { apiPath, dnsApi } from "../../../lab/dns-api/server.ts";
import { dnsRecords } from "../../../world/dns-records.ts";
import { declaredPlaces, vaultResources } from "../../../world/vault-places.ts";
import type { World } from "../../../world/world.ts";
import { labWithZone } from "../../lab-with-zone.ts";
import { synthesise } from "../../synth.ts";

const zone = "lab.example.org";
const site = labWithZone({});
const servers: Server[] = [];
afterEach(() => void vi.unstubAllEnvs());
afterAll(() => {
	for (const server of servers) server.close();
});

async function listen(server: Server): Promise<string> {
	servers.push(server.listen(0, "127.0.0.1"));
	await once(server, "listening");
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function worldOf(...records: DnsRecordProps[]): Promise<World> {
	const stack = await synthesise((scope) => {
		for (const [index, record] of records.entries()) new DnsRecord(scope, `record-${index}`, record);
	}, site);
	return { site, stacks: [stack] };
}

const none: StackDrift = {
	stack: "platform",
	drifted: [],
	tolerated: [],
	unmanaged: [],
	undeployed: 0,
	errors: [],
	sources: [],
};

describe("a zone by the API of its provider", () => {
	const host = { type: "A", name: `www.${zone}`, address: "192.0.2.1" } as const;
	const text = { type: "TXT", name: `long.${zone}`, text: "a".repeat(300) } as const;

	async function provider() {
		vi.spyOn(process.stdout, "write").mockReturnValue(true);
		const {
			zoneId = "",
			accountId = "",
			tunnelId = "",
		} = site.dns as { zoneId?: string; accountId?: string; tunnelId?: string };
		const base = `${await listen(dnsApi({ token: "token", domain: zone, zoneId, accountId, tunnelId }))}${apiPath}`;
		const put = async (record: object) => {
			const answer = await fetch(`${base}/zones/${zoneId}/dns_records`, {
				method: "POST",
				headers: { authorization: "Bearer token" },
				body: JSON.stringify({ ttl: 1, ...record }),
			});
			expect(answer.status).toBe(200);
		};
		vi.stubEnv("CLOUDFLARE_API_TOKEN", "token");
		return {
			base,
			put,
			at: (world: World): World => ({
				...world,
				site: { ...site, dns: { ...site.dns, baseUrl: base } as World["site"]["dns"] },
			}),
		};
	}

	test("tells what nobody declares, and what is answered beside a declared record", async () => {
		const { put, at } = await provider();
		const world = at(await worldOf(host, text));
		for (const { name, type, content } of dnsRecords(world)) await put({ name, type, content });
		const look = () => lookAt(dns, { world, stack: "platform", planned: new Set() });
		expect(await look()).toEqual({ drifted: [] });
		// Its strings cut in another way: the same text.
		await put({ type: "A", name: host.name, content: "192.0.2.66" });
		await put({
			type: "TXT",
			name: host.name,
			content: '"beside, and no answer to who asks for an address"',
		});
		await put({ type: "CNAME", name: `old.${zone}`, content: "elsewhere.example.net", comment: "a trial" });
		expect((await look()).drifted).toMatchObject([
			{
				what: "unmanaged",
				address: `dns A ${host.name}`,
				risk: "caution",
				arguments: [{ after: { shown: "192.0.2.66" } }],
				consequences: [expect.stringContaining("beside what cloudflare_dns_record.")],
				since: expect.stringMatching(/^20/),
			},
			{ address: `dns TXT ${host.name}`, risk: "notice", consequences: [] },
			{
				address: `dns CNAME old.${zone}`,
				arguments: [{ after: { shown: "elsewhere.example.net (a trial)" } }],
			},
		]);
	});

	test("is read to its last page", async () => {
		const { base, put } = await provider();
		for (let index = 0; index < 230; index++)
			await put({ type: "A", name: `h${index}.${zone}`, content: "192.0.2.1" });
		const { zoneId = "" } = site.dns as { zoneId?: string };
		expect(await zoneRecords({ baseUrl: base, zoneId, token: "token" })).toHaveLength(230);
	});

	test.for<[what: string, answer: object | string, status: number, message: RegExp]>([
		[
			"a list that breaks off",
			{ success: true, result: [], result_info: { total_count: 9 } },
			200,
			/breaks off after 0 of 9/,
		],
		["a list that does not say its length", { success: true, result: [] }, 200, /does not say how many/],
		[
			"a refusal",
			{ success: false, result: null, errors: [{ message: "Authentication error" }] },
			403,
			/answers 403: Authentication error/,
		],
		["a page of a proxy", "<html>", 200, /answers 200$/],
	])("%s is an error, not a zone without records", async ([, answer, status, message]) => {
		const base = await listen(
			createServer((_, response) =>
				response.writeHead(status).end(typeof answer === "string" ? answer : JSON.stringify(answer)),
			),
		);
		await expect(zoneRecords({ baseUrl: base, zoneId: "z", token: "token" })).rejects.toThrow(message);
	});
});

describe("a zone by its name servers", () => {
	const records = [
		{ type: "A", name: `www.${zone}`, address: "192.0.2.1" },
		{ type: "A", name: `www.${zone}`, address: "192.0.2.2" },
		{ type: "AAAA", name: `www.${zone}`, address: "2001:DB8:0::1" },
		{ type: "CNAME", name: `proxied.${zone}`, target: "a.example.net", proxied: true },
		{ type: "MX", name: zone, exchange: `mail.${zone}`, preference: 10 },
		{ type: "SRV", name: `_imaps._tcp.${zone}`, priority: 0, weight: 1, port: 993, target: `mail.${zone}` },
		{ type: "SRV", name: `_pop3._tcp.${zone}`, priority: 0, weight: 0, port: 0, target: "." },
		{ type: "TXT", name: zone, text: `v=spf1 ${"x".repeat(300)}` },
		{ type: "CNAME", name: zone, target: "flattened.example.net" },
	] as const satisfies readonly DnsRecordProps[];
	const right: Record<string, readonly string[]> = {
		[`A www.${zone}`]: ["192.0.2.2", "192.0.2.1"],
		[`AAAA www.${zone}`]: ["2001:db8::1"],
		[`A proxied.${zone}`]: ["203.0.113.9"],
		[`MX ${zone}`]: [`10 mail.${zone}`],
		[`SRV _imaps._tcp.${zone}`]: [`0 1 993 mail.${zone}`],
		[`SRV _pop3._tcp.${zone}`]: ["0 0 0 ."],
		[`TXT ${zone}`]: [`v=spf1 ${"x".repeat(300)}`],
		[`A ${zone}`]: ["203.0.113.9"],
	};
	const compare = async (answers: Record<string, readonly string[] | Error>) =>
		compareAnswers(
			{ records: dnsRecords(await worldOf(...records)), stack: "platform", zone },
			async (name, type) => {
				const answer = answers[`${type} ${name}`] ?? [];
				if (answer instanceof Error) throw answer;
				return answer;
			},
		);

	test("that answers as declared has no drift", async () => {
		expect(await compare(right)).toEqual({ drifted: [], errors: [] });
	});

	test.for<[what: string, change: Record<string, readonly string[]>, found: string]>([
		["another address", { [`A www.${zone}`]: ["192.0.2.1", "192.0.2.3"] }, `changed dns A www.${zone}`],
		[
			"an address more",
			{ [`A www.${zone}`]: ["192.0.2.1", "192.0.2.2", "192.0.2.3"] },
			`changed dns A www.${zone}`,
		],
		["an exchanger of another preference", { [`MX ${zone}`]: [`20 mail.${zone}`] }, `changed dns MX ${zone}`],
		[
			"a service at another port",
			{ [`SRV _imaps._tcp.${zone}`]: [`0 1 143 mail.${zone}`] },
			`changed dns SRV _imaps._tcp.${zone}`,
		],
		["no text", { [`TXT ${zone}`]: [] }, `deleted dns TXT ${zone}`],
		[
			"a proxied name without any address",
			{ [`A proxied.${zone}`]: [] },
			`deleted dns CNAME proxied.${zone}`,
		],
	])("%s is drift", async ([, change, found]) => {
		const { drifted = [] } = await compare({ ...right, ...change });
		expect(drifted.map(({ what, address }) => `${what} ${address}`)).toEqual([found]);
	});

	test("that does not answer one question is an error of that one", async () => {
		const { drifted, errors } = await compare({
			...right,
			[`MX ${zone}`]: new VisibleError("MX: no answer"),
			[`TXT ${zone}`]: [],
		});
		expect([drifted?.length, errors]).toEqual([1, ["MX: no answer"]]);
	});
});

describe("a source", () => {
	const question = { world: { site, stacks: [] }, stack: "test", planned: undefined };
	const source = (look: Source["look"]): Source => ({ name: "edge", stacks: () => ["test"], look });

	test("that never answers is an error after its time", async () => {
		expect(
			await lookAt(
				source(() => new Promise(() => {})),
				question,
				20,
			),
		).toEqual({ errors: ["no answer within 0.02 s"] });
	});

	test("with a defect is an error, and no source without drift", async () => {
		const { errors } = await lookAt(
			source(() => Promise.reject(new TypeError("x is undefined"))),
			question,
		);
		expect(errors).toEqual(["a defect of infra: TypeError: x is undefined"]);
	});

	test("that cannot be asked makes its stack one that could not be asked, with exit code 1", async () => {
		vi.stubEnv("CLOUDFLARE_API_TOKEN", "token");
		const world = await worldOf({ type: "A", name: `www.${zone}`, address: "192.0.2.1" });
		const dead = {
			...world,
			site: { ...site, dns: { ...site.dns, baseUrl: "http://127.0.0.1:1" } as World["site"]["dns"] },
		};
		const report = await withSources(none, dead, new Set());
		expect(report.sources).toEqual([{ name: "dns", outcome: "error", remarks: [] }]);
		expect(report.errors).toEqual(["dns: http://127.0.0.1:1 cannot be reached: bad port"]);
		expect([outcomeOf(report), exitCodeOf([report])]).toEqual(["error", 1]);
		const other = await withSources({ ...none, stack: "other" }, dead, new Set());
		expect(other).toEqual({ ...none, stack: "other" });
	});
});

test.for([
	["dns TXT _acme-challenge.*", "dns TXT _acme-challenge.lab.example.org", true],
	["dns TXT _acme-challenge.*", "dns A _acme-challenge.lab.example.org", false],
	["vault auth/kubernetes/role/a.b", "vault auth/kubernetes/role/axb", false],
	["vault sys/policies/acl/*-old", "vault sys/policies/acl/ci-old", true],
	["vault sys/policies/acl/*-old", "vault sys/policies/acl/ci-old-2", false],
] as const)("%s accepts %s: %s", ([pattern, name, is]) => {
	expect(accepted({ [pattern]: "A reason of some length." })(name)).toBe(is);
});

test("of a type that is not known nobody says that nothing else is there", () => {
	const resource = {
		mode: "resource",
		type: "vault_new_thing",
		address: "vault_new_thing.a",
		path: "test/a",
		stack: "test",
		arguments: {},
	} as const;
	const stack = { stack: "test", endpoints: { produced: {}, consumed: [] }, json: {}, resources: [resource] };
	const world = { site, stacks: [stack] };
	expect(vaultResources(world)).toHaveLength(1);
	expect(() => declaredPlaces(world)).toThrow(
		"vault_new_thing.a: it is not known here where Vault has a vault_new_thing",
	);
});
