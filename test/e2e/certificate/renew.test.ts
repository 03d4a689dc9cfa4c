import { X509Certificate } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { ChallengeRecords, type ProvenZone } from "../../../cli/certificate/challenge-records.ts";
import { examine } from "../../../cli/certificate/kept-certificate.ts";
import { keptCertificate, renewCertificate } from "../../../cli/certificate/renew.ts";
import { parseSite } from "../../../config/parse-site.ts";
import { days, seconds } from "../../../config/schema/duration.ts";
import lab from "../../../config/sites/lab.ts";
import { infra } from "../../cli/infra-process.ts";
import { freePort } from "../harness/free-port.ts";
import { needs } from "../harness/needs.ts";
import { needsPrograms } from "../harness/programs.ts";
import { VaultServer } from "../harness/vault-server.ts";
import { Authority, type Provider, provider } from "./authority.ts";

const able = needs("openssl");
const ready = needsPrograms("pebble", "pebble-challtestsrv", "vault|bao") && able;
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-certificate-`));
const zoneId = "0".repeat(32);
const { domain } = lab.network;
const challenge = `_acme-challenge.${domain}`;
let authority: Authority;
let zone: Provider;
let vault: VaultServer;
let zones: readonly ProvenZone[];

beforeAll(async () => {
	if (!ready) return;
	authority = await Authority.start(folder);
	zone = await provider(authority, { id: zoneId, domain });
	vault = await VaultServer.start(folder);
	zones = [
		{
			domain,
			access: { baseUrl: zone.baseUrl, zoneId, token: "token" },
			nameServers: [authority.nameServer],
		},
	];
}, 60_000);
afterAll(async () => {
	zone?.server.close();
	await authority?.stop();
	await vault?.stop();
	rmSync(folder, { recursive: true });
});
beforeEach(() => {
	for (const stream of [process.stdout, process.stderr]) vi.spyOn(stream, "write").mockReturnValue(true);
});

let entries = 0;
/** A site with an entry of its own. */
function siteOf({ directory = authority.directory } = {}) {
	const certificate = {
		vaultPath: `entry-${++entries}`,
		version: 1,
		issuer: { kind: "acme", directory, contact: `postmaster@${domain}`, renewBefore: "30d" },
	} as const;
	const tunnelId = "00000000-0000-0000-0000-000000000000";
	return parseSite({
		...lab,
		dns: { kind: "cloudflare", zoneId, accountId: zoneId, tunnelId, baseUrl: zone.baseUrl },
		cluster: { ...lab.cluster, ingress: { ...lab.cluster.ingress, certificate } },
	});
}

const access = (token = vault.rootToken) => ({ address: vault.address, token });

async function renew(site: ReturnType<typeof siteOf>, given = zones, token?: string) {
	return await renewCertificate(site, access(token), await keptCertificate(site, access(token)), given);
}

const entryOf = async (path: string) => (await vault.ask("GET", `secret/data/${path}`)).body.data;

describe("the certificate of a site", () => {
	test("is ordered, proven and kept with its key in Vault and nowhere else", async () => {
		const site = siteOf();
		const { vaultPath } = site.cluster.ingress.certificate;
		expect(await keptCertificate(site, access())).toMatchObject({ faults: ["there is none"], version: 0 });
		expect(await renew(site)).toBe(1);
		const kept = await keptCertificate(site, access());
		expect(kept).toMatchObject({ faults: [], version: 1 });
		expect(kept.certificate?.names.toSorted()).toEqual([`*.${domain}`, domain]);
		const { fullchain, privkey } = (await entryOf(vaultPath)).data;
		expect(fullchain.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
		expect(new X509Certificate(fullchain).checkHost(`vault.${domain}`)).toBe(`*.${domain}`);
		// No record stays, and no file has been written.
		expect(await zone.texts()).toEqual([]);
		const files = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
		expect(files.filter((text) => text.includes(privkey.slice(40, 100)))).toEqual([]);
	});

	test("is renewed by the same account; what else the entry has stays", async () => {
		const site = siteOf();
		const { vaultPath } = site.cluster.ingress.certificate;
		await vault.must("POST", `secret/data/${vaultPath}`, { data: { dashboard: "kept" } });
		expect(await renew(site)).toBe(2);
		const account = (await entryOf(`${vaultPath}/acme`)).data;
		expect(await renew(site)).toBe(3);
		const { data } = await entryOf(vaultPath);
		expect(Object.keys(data).sort()).toEqual(["dashboard", "fullchain", "privkey"]);
		expect(await entryOf(`${vaultPath}/acme`)).toMatchObject({ data: account, metadata: { version: 1 } });
	});

	test("is taken again after its entry was deleted", async () => {
		const site = siteOf();
		const { vaultPath } = site.cluster.ingress.certificate;
		await renew(site);
		await vault.must("DELETE", `secret/data/${vaultPath}`);
		expect(await keptCertificate(site, access())).toMatchObject({ faults: ["there is none"], version: 1 });
		expect(await renew(site)).toBe(2);
	});
});

test("whatever hosts would be refused for is a fault", async () => {
	const [first, second] = [siteOf(), siteOf()];
	for (const site of [first, second]) await renew(site);
	const [one, other] = await Promise.all(
		[first, second].map(async (site) => (await entryOf(site.cluster.ingress.certificate.vaultPath)).data),
	);
	const names = [domain, `*.${domain}`];
	const faultsOf = (entry: object, { of = names, days: later = 0 } = {}) =>
		examine({ ...one, ...entry }, of, days(30), new Date(Date.now() + later * 86_400_000)).faults;
	const [leaf, issuer] = one.fullchain.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----\n/g);
	expect(faultsOf({})).toEqual([]);
	expect(faultsOf({}, { of: [...names, "example.net"] })).toEqual(["it does not have example.net"]);
	expect(faultsOf({}, { days: 59 })).toEqual([]);
	expect(faultsOf({}, { days: 61 })).toEqual(["it ends in 28 days, less than 30d"]);
	expect(faultsOf({}, { days: 91 })).toEqual([expect.stringMatching(/^it ended 20/)]);
	expect(faultsOf({}, { days: -1 })).toEqual([expect.stringMatching(/^it begins only 20/)]);
	expect(faultsOf({ privkey: other.privkey })).toEqual(["privkey is not the key of its certificate"]);
	expect(faultsOf({ privkey: undefined })).toEqual(["privkey is not the key of its certificate"]);
	expect(faultsOf({ fullchain: leaf })).toEqual([]);
	expect(faultsOf({ fullchain: leaf + leaf })).toEqual(["its chain is not in order"]);
	expect(faultsOf({ fullchain: issuer + leaf })).toContain("its chain is not in order");
	expect(faultsOf({ fullchain: leaf.replace("MII", "!!!") })).toEqual([
		"fullchain of its entry is no certificate in PEM",
	]);
});

describe("what others have in the zone", () => {
	test("stays; what an interrupted run has left an hour ago goes", async () => {
		const put = (content: string, comment?: string) =>
			zone.ask("POST", "", { type: "TXT", name: challenge, content, comment });
		await put("of-certbot");
		await put("of-a-run-that-goes-on", "made by infra certificate renew");
		vi.useFakeTimers({ now: Date.now() - 2 * 3_600_000, toFake: ["Date"] });
		onTestFinished(() => void vi.useRealTimers());
		await put("of-a-run-that-ended", "made by infra certificate renew");
		vi.useRealTimers();
		await renew(siteOf());
		expect((await zone.texts()).map(([, content]) => content)).toEqual([
			"of-certbot",
			"of-a-run-that-goes-on",
		]);
		for (const { id } of (await zone.ask("GET", "?per_page=9&page=1")) as { id: string }[])
			await zone.ask("DELETE", `/${id}`);
	});
});

describe("nothing is kept, and no record stays", () => {
	const refused = async (renewal: Promise<unknown>, message: RegExp) => {
		await expect(renewal).rejects.toThrow(message);
		expect(await zone.texts()).toEqual([]);
	};

	test("when the authority refuses a name", async () => {
		const site = siteOf();
		const blocked = { ...site, network: { ...site.network, domain: "blocked.example" } };
		await refused(renew(blocked), /gives no certificate: .*policy/);
	});

	test("when the authority does not answer", async () => {
		const directory = `https://127.0.0.1:${await freePort()}/dir`;
		await refused(renew(siteOf({ directory })), /gives no certificate: it cannot be reached/);
	}, 40_000);

	test("when a name server does not have the record", async () => {
		const silent = `127.0.0.1:${await freePort()}`;
		const both = zones.map((one) => ({ ...one, nameServers: [...one.nameServers, silent] }));
		const records = new ChallengeRecords(both, seconds(1));
		await expect(records.publish({ name: challenge, text: "t" })).rejects.toThrow(
			`name server ${silent} does not have ${challenge} after 1 s: TXT ${challenge}: the name servers do not answer`,
		);
		expect(await records.remove()).toEqual([]);
		expect(await zone.texts()).toEqual([]);
	});

	test("when the provider refuses the records", async () => {
		const own = zones.map((one) => ({ ...one, access: { ...one.access, token: "another" } }));
		await refused(renew(siteOf(), own), /answers 403: Authentication error/);
	});

	test("when the token may not write the entry: nothing is ordered", async () => {
		const site = siteOf();
		const { vaultPath } = site.cluster.ingress.certificate;
		const before = await authority.asked(challenge);
		await vault.must("PUT", "sys/policies/acl/reader", {
			policy: `path "secret/data/${vaultPath}" { capabilities = ["read"] }`,
		});
		const { auth } = await vault.must("POST", "auth/token/create", { policies: ["reader"] });
		await refused(
			renew(site, zones, auth.client_token),
			/may not read and write secret\/data\/entry-\d+, so nothing/,
		);
		expect(await authority.asked(challenge)).toBe(before);
	});

	test("when somebody else has written the entry meanwhile", async () => {
		const site = siteOf();
		const kept = await keptCertificate(site, access());
		expect(await renew(site)).toBe(1);
		const first = await entryOf(site.cluster.ingress.certificate.vaultPath);
		await refused(renewCertificate(site, access(), kept, zones), /has been changed since it was read/);
		expect(await entryOf(site.cluster.ingress.certificate.vaultPath)).toEqual(first);
	});
});

describe("the command", () => {
	const run = (args: readonly string[], site: object, env: NodeJS.ProcessEnv = {}) => {
		const file = join(folder, `site-${++entries}.json`);
		writeFileSync(file, JSON.stringify(site));
		return infra(["certificate", ...args, "--site", file], {
			env: { VAULT_ADDR: vault.address, VAULT_TOKEN: vault.rootToken, CLOUDFLARE_API_TOKEN: "", ...env },
		});
	};
	const written = (vaultPath: string, issuer: object = { kind: "none" }, dns: object = { kind: "none" }) => ({
		...lab,
		dns,
		cluster: {
			...lab.cluster,
			ingress: { ...lab.cluster.ingress, certificate: { vaultPath, version: 1, issuer } },
		},
	});

	test("says what is kept, and that a newer version is not in use", async () => {
		const site = siteOf();
		const { vaultPath } = site.cluster.ingress.certificate;
		await renew(site);
		const first = await run(["check"], written(vaultPath));
		expect(first).toMatchObject({ code: 0, stderr: "" });
		expect(first.stdout).toMatch(/until \d{4}-\d\d-\d\d, (89|90) days, by CN=Pebble/);
		expect(await run(["renew"], written(vaultPath))).toMatchObject({ code: 0, stdout: first.stdout });
		await renew(site);
		const second = await run(["check"], written(vaultPath));
		expect([second.code, second.stdout]).toEqual([
			2,
			expect.stringContaining("hosts are given version 1. Set cluster.ingress.certificate.version to 2"),
		]);
		const json = await run(["check", "--json"], written(vaultPath));
		expect(JSON.parse(json.stdout)).toMatchObject({
			version: 2,
			used: 1,
			faults: [],
			daysLeft: expect.any(Number),
		});
	});

	test.for<[what: string, entry: object | undefined, said: string]>([
		["no entry", undefined, "to be renewed: there is none"],
		["no PEM", { fullchain: "x", privkey: "y" }, "fullchain of its entry is no certificate in PEM"],
	])("ends with 2 for %s", async ([, entry, said]) => {
		const path = `bad-${++entries}`;
		if (entry) await vault.must("POST", `secret/data/${path}`, { data: entry });
		const { code, stdout } = await run(["check"], written(path));
		expect([code, stdout]).toEqual([2, expect.stringContaining(said)]);
	});

	test("says what it lacks before it does anything", async () => {
		const acme = {
			kind: "acme",
			directory: authority.directory,
			contact: "a@example.org",
			renewBefore: "30d",
		};
		const dns = siteOf().dns;
		const none = await run(["renew"], written("missing", acme, dns));
		expect([none.code, none.stderr]).toEqual([1, expect.stringContaining("CLOUDFLARE_API_TOKEN is not set")]);
		const nobody = await run(["renew"], written("missing"));
		expect([nobody.code, nobody.stderr]).toEqual([1, expect.stringContaining("somebody else writes")]);
		const unproven = await run(["renew"], written("missing", acme));
		expect(unproven.stderr).toContain("nobody makes the records that prove a domain");
	});
});
