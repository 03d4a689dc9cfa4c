import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { vaultDefaults } from "../../../config/sites/vault-defaults.ts";
import { controlPlanePrograms } from "../harness/control-plane.ts";
import { needsPrograms } from "../harness/programs.ts";
import { since } from "../harness/wait-for.ts";
import { AppliedVault } from "./applied-vault.ts";

/** What an owner may take of the disk that all share: the applied stack on the real server. */
const ready = needsPrograms(...controlPlanePrograms, "terraform", "bao|vault");
const { versions, ownerRequests } = vaultDefaults.limits;

const alice = { role: "namespace-owner", email: "a@example.com", namespaces: ["alice"] };
const bob = { role: "namespace-owner", email: "b@example.com", namespaces: ["bob"] };
const registry = { alice, bob };

const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-limits-`));
let world: AppliedVault;
let missing: string | undefined;
let token: string;
let neighbour: string;

beforeAll(async () => {
	if (!ready) return;
	world = await AppliedVault.start(folder);
	missing = await world.providersMissing(registry);
	if (missing !== undefined) return;
	await world.apply(registry);
	token = (await world.login(alice.email)).token;
	neighbour = (await world.login(bob.email)).token;
}, 300_000);
beforeEach(({ skip }) => {
	if (missing !== undefined) skip(missing);
});
afterAll(async () => {
	await world?.stop();
	rmSync(folder, { recursive: true });
});

const write = async (as: string, entry: string) =>
	(await world.server.ask("POST", `secret/data/${entry}`, { data: { key: "value" } }, as)).status;

test("a second plan is empty", async () => {
	expect(await world.plan(registry)).toEqual([]);
});

test("an entry keeps its last versions, and the owner cannot ask for more", async () => {
	for (let count = 0; count < versions + 2; count++) expect(await write(token, "alice/app")).toBe(200);
	const metadata = "secret/metadata/alice/app";
	const kept = Object.keys((await world.server.must("GET", metadata)).data.versions);
	expect(kept).toEqual(Array.from({ length: versions }, (_, index) => String(index + 3)));
	const asked = await world.server.ask("POST", metadata, { max_versions: 1_000_000 }, token);
	const config = await world.server.ask("POST", "secret/config", { max_versions: 1_000_000 }, token);
	expect([asked.status, config.status]).toEqual([403, 403]);
});

test("an owner who writes without end is told to wait, and nobody else is", async () => {
	const statuses: number[] = [];
	const begin = Date.now();
	while (!statuses.includes(429))
		statuses.push(...(await Promise.all(Array.from({ length: 20 }, () => write(token, "alice/app")))));
	expect(new Set(statuses)).toEqual(new Set([200, 429]));
	// A minute of the server may begin at any moment of that.
	const minutes = 1 + Math.ceil(since(begin) / 60_000);
	expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(minutes * ownerRequests);
	expect(await write(neighbour, "bob/app")).toBe(200);
	expect((await world.server.ask("GET", "secret/metadata/alice/app")).status).toBe(200);
	await world.server.must("POST", "secret/data/platform", { data: { key: "value" } });
});
