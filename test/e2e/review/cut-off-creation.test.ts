import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { committedSchema } from "../../../providers/schema/committed.ts";
import { infra, type ProcessResult, type StartOptions } from "../../cli/infra-process.ts";
import { ForgeStandIn } from "../harness/forge-stand-in.ts";
import { needsPrograms } from "../harness/programs.ts";
import { VaultServer } from "../harness/vault-server.ts";

/** Creations that Vault has taken while its client knows of nothing: with the real provider, on a real server. */
const ready = needsPrograms("bao|vault", "terraform");
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-cut-off-`));
let vault: VaultServer;
let between: Server;
let missing = false;
/** What becomes of the answer to the creation of a mount, which has happened by then. */
let withhold: (answered: { readonly drop: () => void }) => void = () => {};
const mountsMade: string[] = [];

beforeAll(async () => {
	if (!ready) return;
	mkdirSync(join(folder, "vault"));
	vault = await VaultServer.start(join(folder, "vault"));
	between = createServer((asked, answer) => {
		const { method, url = "", headers } = asked;
		const passed = request(`${vault.address}${url}`, { method, headers }, (answered) => {
			const isMount = /^(POST|PUT)$/.test(method ?? "") && /^\/v1\/sys\/mounts\/[^/]+$/.test(url);
			if (isMount && answered.statusCode === 204) {
				mountsMade.push(url);
				return withhold({ drop: () => answer.destroy() });
			}
			answer.writeHead(answered.statusCode ?? 502, answered.headers);
			answered.pipe(answer);
		});
		asked.pipe(passed);
	}).listen(0, "127.0.0.1");
	await once(between, "listening");
	missing = (await deploy("probe", ["plan"])).stderr.includes("cannot be installed");
}, 120_000);
beforeEach(({ skip }) => {
	skip(
		missing,
		"terraform init cannot install the provider vault: a registry, a mirror or the plugin folder enables it",
	);
	mountsMade.length = 0;
});
afterAll(async () => {
	between?.closeAllConnections();
	between?.close();
	await vault?.stop();
	rmSync(folder, { recursive: true });
});

/** Runs `infra` on a checkout of its own, whose stack `vault` has one mount. */
function deploy(
	checkout: string,
	args: readonly string[],
	{ onOutput, env, mount = checkout }: StartOptions & { readonly mount?: string } = {},
): Promise<ProcessResult> {
	mkdirSync(join(folder, checkout), { recursive: true });
	const { port } = between.address() as AddressInfo;
	const blocks = {
		"terraform.required_providers.vault": {
			source: "hashicorp/vault",
			version: committedSchema("vault")?.version,
		},
		"provider.vault": { skip_child_token: true },
		"resource.vault_mount.kept": { path: mount, type: "transit", lifecycle: { prevent_destroy: true } },
	};
	return infra([...args], {
		program: "test/cli/fake-infra.ts",
		env: {
			CDKTF_OUTDIR: join(folder, checkout, "out"),
			FAKE_WORLD: JSON.stringify({ vault: { a: { input: "1" } } }),
			FAKE_BLOCKS: JSON.stringify({ vault: blocks }),
			VAULT_ADDR: `http://127.0.0.1:${port}`,
			VAULT_TOKEN: vault.rootToken,
			...env,
		},
		...(onOutput && { onOutput }),
	});
}

const mounts = async () => Object.keys((await vault.must("GET", "sys/mounts")).data);
const record = (checkout: string) => join(folder, checkout, "out/data/vault/begun-creations");

/** A deploy that knows nothing of the mount that it has made. */
async function cutOff(
	checkout: string,
	how: "interrupted" | "connection lost",
	{ args = ["deploy", "--yes"], env = {} }: { args?: readonly string[]; env?: NodeJS.ProcessEnv } = {},
): Promise<ProcessResult> {
	let interrupt = () => {};
	withhold = ({ drop }) => (how === "interrupted" ? interrupt() : drop());
	const ended = await deploy(checkout, args, {
		env,
		onOutput: (_, child) => {
			interrupt = () => void (child.killed || child.kill("SIGINT"));
		},
	});
	expect(mountsMade).toEqual([`/v1/sys/mounts/${checkout}`]);
	expect(await mounts()).toContain(`${checkout}/`);
	return ended;
}

describe("a creation that was cut off", () => {
	for (const [how, code] of [
		["interrupted", 130],
		["connection lost", 1],
	] as const)
		test(`by a deploy that ended like this: ${how}, is taken up by the next one`, async () => {
			const checkout = how.replace(" ", "-");
			expect(await cutOff(checkout, how)).toMatchObject({ code });
			const plan = await deploy(checkout, ["plan"]);
			expect(plan).toMatchObject({ code: 0, stderr: "" });
			expect(plan.stdout).toContain(
				"was made by an apply that was cut off: is taken into the state as it is",
			);
			const second = await deploy(checkout, ["deploy", "--yes", "--verify"]);
			expect(second.stdout + second.stderr).toContain("vault  applied");
			expect(second.code).toBe(0);
			expect(existsSync(record(checkout))).toBe(false);
			expect(await deploy(checkout, ["plan", "--detailed-exitcode"])).toMatchObject({ code: 0 });
		}, 120_000);

	test("is taken up by nobody else, who is told that it is there", async () => {
		await cutOff("own", "interrupted");
		const other = await deploy("other", ["deploy", "--yes"], { mount: "own" });
		expect(other.code).toBe(1);
		expect(other.stdout).toContain("sys/mounts/own of Vault is there already, and the creation is refused");
		// That the attempt was refused does not make it this checkout's own.
		const again = await deploy("other", ["plan"], { mount: "own" });
		expect(again.stdout).toContain("the creation is refused");
	}, 120_000);

	test("and was removed since, is made again", async () => {
		await cutOff("removed", "interrupted");
		await vault.must("DELETE", "sys/mounts/removed");
		withhold = ({ drop }) => drop();
		const plan = await deploy("removed", ["plan", "--json"]);
		const { stacks } = JSON.parse(plan.stdout);
		expect(stacks[0].changes).toContainEqual(
			expect.objectContaining({ action: "create", address: "vault_mount.kept" }),
		);
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
