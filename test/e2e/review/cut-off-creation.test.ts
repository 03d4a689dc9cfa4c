import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { refusedTypes } from "../../../engine/live/in-vault.ts";
import { infra, type ProcessResult, type StartOptions } from "../../cli/infra-process.ts";
import { ForgeStandIn } from "../harness/forge-stand-in.ts";
import { needsPrograms } from "../harness/programs.ts";
import { VaultServer } from "../harness/vault-server.ts";
import { LossyWay, stackOf } from "./lossy-way.ts";

/** Creations that Vault has taken while its client knows of nothing: with the real provider, on a real server. */
const ready = needsPrograms("bao|vault", "terraform");
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-cut-off-`));
let vault: VaultServer;
let way: LossyWay;
let missing = false;
/** Paths of creations whose answers were lost. */
const made: string[] = [];

/** Requests that create what the test's stack has. */
const creations = /^\/v1\/sys\/(mounts|auth)\/[^/]+$/;

beforeAll(async () => {
	if (!ready) return;
	mkdirSync(join(folder, "vault"));
	vault = await VaultServer.start(join(folder, "vault"));
	way = await LossyWay.to(vault);
	missing = (await deploy("probe", ["plan"])).stderr.includes("cannot be installed");
}, 120_000);
beforeEach(({ skip }) => {
	skip(
		missing,
		"terraform init cannot install the provider vault: a registry, a mirror or the plugin folder enables it",
	);
	made.length = 0;
});
afterAll(async () => {
	way?.end();
	await vault?.stop();
	rmSync(folder, { recursive: true });
});

type Resources = Readonly<Record<string, object>>;

const mount = (path: string): Resources => ({ vault_mount: { path, type: "transit" } });

/** Runs `infra` on a checkout of its own, whose stack `vault` has one object of each of these types. */
function deploy(
	checkout: string,
	args: readonly string[],
	{ onOutput, env, resources = mount(checkout) }: StartOptions & { readonly resources?: Resources } = {},
): Promise<ProcessResult> {
	mkdirSync(join(folder, checkout), { recursive: true });
	const kept = Object.entries(resources).map(([type, given]) => [
		type,
		{ ...given, lifecycle: { prevent_destroy: true } },
	]);
	return infra([...args], {
		program: "test/cli/fake-infra.ts",
		env: {
			CDKTF_OUTDIR: join(folder, checkout, "out"),
			...stackOf("vault", { vault: { skip_child_token: true } }, Object.fromEntries(kept)),
			VAULT_ADDR: way.address,
			VAULT_TOKEN: vault.rootToken,
			...env,
		},
		...(onOutput && { onOutput }),
	});
}

const record = (checkout: string) => join(folder, checkout, "out/data/vault/begun-creations");

/** A deploy that knows nothing of what it has made. */
async function cutOff(
	checkout: string,
	how: "interrupted" | "connection lost",
	{
		args = ["deploy", "--yes"],
		env = {},
		resources = mount(checkout),
	}: { args?: readonly string[]; env?: NodeJS.ProcessEnv; resources?: Resources } = {},
): Promise<ProcessResult> {
	let interrupt = () => {};
	const count = Object.keys(resources).length;
	way.take = ({ method, url, status, drop }) => {
		if (!/^(POST|PUT)$/.test(method) || !creations.test(url) || status >= 300) return false;
		made.push(url);
		if (how !== "interrupted") drop();
		else if (made.length === count) interrupt();
		return true;
	};
	const ended = await deploy(checkout, args, {
		env,
		resources,
		onOutput: (_, child) => {
			interrupt = () => void (child.killed || child.kill("SIGINT"));
		},
	});
	way.take = () => false;
	expect(made).toHaveLength(count);
	return ended;
}

describe("a creation that was cut off", () => {
	test("by Ctrl-C is taken up by the next deploy, whatever it was", async () => {
		const { publicKey } = generateKeyPairSync("ed25519", {
			publicKeyEncoding: { type: "spki", format: "pem" },
			privateKeyEncoding: { type: "pkcs8", format: "pem" },
		});
		const resources: Resources = {
			vault_auth_backend: { type: "kubernetes" },
			vault_jwt_auth_backend: { path: "jwt", jwt_validation_pubkeys: [publicKey.trim()] },
			vault_kubernetes_secret_backend: { path: "cluster", kubernetes_host: "https://192.0.2.1" },
			vault_mount: { path: "interrupted", type: "transit" },
		};
		// The provider waits for the answers of these, told to stop or not.
		const waited = ["vault_audit", "vault_identity_entity", "vault_identity_group"];
		expect([...Object.keys(resources), ...waited].sort()).toEqual([...refusedTypes]);
		expect(await cutOff("every", "interrupted", { resources })).toMatchObject({ code: 130 });
		const plan = await deploy("every", ["plan"], { resources });
		expect(plan.stdout).toContain("vault  2 to create, 2 to import");
		// The provider mounts these, and configures them by another request.
		for (const place of ["sys/auth/jwt", "sys/mounts/cluster"])
			expect(plan.stdout).toContain(
				`an apply that stopped had begun to make ${place} of Vault, which is half made: the deploy removes it first`,
			);
		const { stdout: adoption } = await deploy("elsewhere", ["plan", "--adopt"], { resources });
		for (const command of ["vault auth disable jwt", "vault secrets disable cluster"])
			expect(adoption).toContain(`it is half made; so that it can be created: ${command}`);
		const second = await deploy("every", ["deploy", "--yes", "--verify"], { resources });
		expect(second.code).toBe(0);
		expect(existsSync(record("every"))).toBe(false);
		expect(await deploy("every", ["plan", "--detailed-exitcode"], { resources })).toMatchObject({ code: 0 });
	}, 120_000);

	test("by a connection that was lost is taken up by the next deploy", async () => {
		expect(await cutOff("lost", "connection lost")).toMatchObject({ code: 1 });
		const plan = await deploy("lost", ["plan"]);
		expect(plan).toMatchObject({ code: 0, stderr: "" });
		expect(plan.stdout).toContain(
			"an apply that stopped had begun to make it: is taken into the state as it is",
		);
		expect(await deploy("lost", ["deploy", "--yes"])).toMatchObject({ code: 0 });
		expect(await deploy("lost", ["plan", "--detailed-exitcode"])).toMatchObject({ code: 0 });
	}, 120_000);

	test("is taken up by nobody else, who is told that it is there", async () => {
		await cutOff("own", "interrupted");
		const other = await deploy("other", ["deploy", "--yes"], { resources: mount("own") });
		expect(other.code).toBe(1);
		expect(other.stdout).toContain("sys/mounts/own of Vault is there already, and the creation is refused");
		// That the attempt was refused does not make it this checkout's own.
		const again = await deploy("other", ["plan"], { resources: mount("own") });
		expect(again.stdout).toContain("the creation is refused");
	}, 120_000);

	test("and was removed since, is made again", async () => {
		await cutOff("removed", "interrupted");
		await vault.must("DELETE", "sys/mounts/removed");
		const plan = await deploy("removed", ["plan", "--json"]);
		const { stacks } = JSON.parse(plan.stdout);
		expect(stacks[0].changes).toContainEqual(
			expect.objectContaining({ action: "create", address: "vault_mount.kept" }),
		);
	}, 120_000);

	test("before it was configured is not removed once something is in it", async () => {
		const resources = { vault_jwt_auth_backend: { path: "used", jwks_url: "https://192.0.2.1/keys" } };
		await cutOff("used", "interrupted", { resources });
		await vault.must("POST", "auth/used/role/by-hand", {
			user_claim: "sub",
			role_type: "jwt",
			bound_subject: "x",
		});
		const stopped = await deploy("used", ["deploy", "--yes"], { resources });
		expect(stopped.code).toBe(1);
		expect(stopped.stderr).toContain("Cannot import non-existent remote object");
		const plan = await deploy("used", ["plan"], { resources });
		expect(plan.stdout).toContain("sys/auth/used of Vault is there already, and the creation is refused");
		expect((await vault.ask("GET", "auth/used/role/by-hand")).status).toBe(200);
	}, 120_000);

	test("is what a review was of, and done already", async () => {
		const forge = await ForgeStandIn.start();
		onTestFinished(() => forge.stop());
		await vault.makeReviewKey();
		const { number, commit } = await forge.open("A mount");
		const env = {
			FAKE_FORGE: forge.address,
			FAKE_REVISION: commit,
			INFRA_FORGE_TOKEN: forge.robot.token,
		};
		expect(await deploy("reviewed", ["review", "--post", `${number}`, "--sign"], { env })).toMatchObject({
			code: 0,
		});
		const args = ["deploy", "--reviewed", `${number}`];
		await cutOff("reviewed", "interrupted", { args, env });
		const second = await deploy("reviewed", args, { env });
		expect(second).toMatchObject({ code: 0, stderr: "" });
		expect(second.stdout).toMatch(/^stack vault: \d reviewed changes done already$/m);
		expect(second.stdout).toContain("vault  applied, 1 change");
	}, 120_000);
});
