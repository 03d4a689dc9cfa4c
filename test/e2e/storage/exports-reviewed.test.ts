import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { besideTerraform } from "../../../cli/affected/beside-terraform.ts";
import { signReview } from "../../../cli/review/signed-review.ts";
import { thisMachine } from "../../../clients/host/target.ts";
import { loadSite } from "../../../config/load-site.ts";
import { reviewKey } from "../../../constructs/vault/transit-engine.ts";
import type { Beside } from "../../../world/world.ts";
import { needs } from "../harness/needs.ts";
import { needsPrograms } from "../harness/programs.ts";
import { VaultServer } from "../harness/vault-server.ts";
import { ExportsLab } from "./exports-lab.ts";

const ready = needs("root", "exportfs") && needsPrograms("bao|vault");
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-reviewed-`));
const old = "/srv/nfs *(rw,sync,no_subtree_check)\n/srv/media *(ro,sync,no_subtree_check)\n";
const rendered = besideTerraform(await loadSite("lab"));
let vault: VaultServer;

beforeAll(async () => {
	if (!ready) return;
	vault = await VaultServer.start(folder);
	await vault.makeReviewKey();
});
afterAll(async () => {
	await vault?.stop();
	rmSync(folder, { recursive: true });
});

/** Applies on a server what a review allows that was of these parts. */
async function apply(server: ExportsLab, beside: Beside) {
	const access = { address: vault.address, token: vault.rootToken };
	const line = await signReview(access, reviewKey, {
		commit: "c0ffee",
		until: "2099-01-01",
		reviews: [],
		beside,
	});
	const file = join(folder, "review.md");
	writeFileSync(file, `<!-- ${line} -->`);
	const [program = "", ...args] = server.infra("exports", "apply", "--local", "--json", "--reviewed", file);
	return thisMachine.run([
		"env",
		`VAULT_ADDR=${access.address}`,
		`VAULT_TOKEN=${access.token}`,
		program,
		...args,
	]);
}

async function serverWith(file: string): Promise<ExportsLab> {
	const server = await ExportsLab.start();
	await server.copyThenReload(file);
	return server;
}

test("exports that were reviewed are applied without a question", async () => {
	const server = await serverWith(old);
	const { code, stdout, stderr } = await apply(server, { exports: rendered.exports ?? {} });
	expect([code, stderr, JSON.parse(stdout).changed]).toEqual([0, "", true]);
	expect(await server.table()).toHaveLength(3);
	// What is there already needs no review of its own.
	const again = await apply(server, {});
	expect([again.code, JSON.parse(again.stdout).changed]).toEqual([0, false]);
});

test.for<[what: string, beside: Beside, message: string]>([
	[
		"other exports",
		{ exports: { exports: `${rendered.exports?.exports}/srv/more *(ro)\n` } },
		"exports: this is not what was reviewed at c0ffee, nothing was changed",
	],
	[
		"something else",
		{ edge: rendered.edge ?? {} },
		"exports: the review of c0ffee is of no change of it, nothing was changed",
	],
	[
		"the same text as another part",
		{ edge: rendered.exports ?? {} },
		"exports: the review of c0ffee is of no change of it, nothing was changed",
	],
])("a review of %s lets nothing be changed", async ([, beside, message]) => {
	const server = await serverWith(old);
	const { code, stderr } = await apply(server, beside);
	expect(code).toBe(1);
	expect(stderr).toContain(message);
	expect(await server.file()).toBe(old);
});
