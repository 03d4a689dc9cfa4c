import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { statusContext } from "../../../cli/review/post-review.ts";
import { Forge } from "../../../clients/forge/forge.ts";
import { terraformTool } from "../../../engine/binary.ts";
import { probe } from "../../../engine/probe.ts";
import { findProgram } from "../../../lab/find-program.ts";
import { infra } from "../../cli/infra-process.ts";
import { ForgeStandIn } from "../harness/forge-stand-in.ts";
import { GiteaServer } from "../harness/gitea-server.ts";
import { needsPrograms } from "../harness/programs.ts";
import { repository, type TestForge } from "../harness/test-forge.ts";
import { VaultServer } from "../harness/vault-server.ts";

// Each runs the command up to ten times.
vi.setConfig({ testTimeout: 300_000 });

const ready = needsPrograms("bao|vault");
const terraform = await probe(terraformTool);
const program = "test/cli/fake-infra.ts";
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-flow-`));
let vault: VaultServer;
let deployer = "";

beforeAll(async () => {
	if (!ready) return;
	vault = await VaultServer.start(folder);
	await vault.makeReviewKey();
	await vault.must("PUT", "sys/policies/acl/deploys", {
		policy: 'path "transit/verify/infra-review/*" { capabilities = ["update"] }',
	});
	const { auth } = await vault.must("POST", "auth/token/create", { policies: ["deploys"] });
	deployer = auth.client_token;
});
afterAll(async () => {
	await vault?.stop();
	rmSync(folder, { recursive: true });
});

const forges: readonly [name: string, start: () => Promise<TestForge>, missing: string | undefined][] = [
	["a stand-in of a forge", () => ForgeStandIn.start(), undefined],
	[
		"Gitea",
		() => GiteaServer.start(mkdtempSync(join(folder, "gitea-"))),
		findProgram("gitea") ? undefined : "not found: gitea; npx infra lab build --all brings it",
	],
];

describe.each(forges)("a change that is reviewed at %s", (_, start, missing) => {
	let forge: TestForge;
	let api: Forge;

	beforeAll(async () => {
		if (missing !== undefined || !ready) return;
		forge = await start();
		api = new Forge({ kind: "forgejo", address: forge.address, repository, token: forge.robot.token });
	}, 120_000);
	afterAll(() => forge?.stop());
	beforeEach(({ skip }) => {
		if (missing !== undefined) skip(missing);
		if (terraform.state !== "ok") skip(`needs Terraform or OpenTofu ${terraformTool.needed}`);
	});

	/** A world of its own, which the commands work on at a commit. */
	function world() {
		const out = mkdtempSync(join(folder, "out-"));
		return (args: string, resources: object, more: Record<string, string> = {}) =>
			infra(args.split(" "), {
				program,
				env: {
					CDKTF_OUTDIR: out,
					FAKE_WORLD: JSON.stringify({ storage: resources }),
					FAKE_FORGE: forge.address,
					INFRA_FORGE_TOKEN: forge.robot.token,
					VAULT_ADDR: vault.address,
					VAULT_TOKEN: vault.rootToken,
					...more,
				},
			});
	}
	const comments = async (number: number) => (await api.comments(number)).map(({ body }) => body);
	const status = async (commit: string) => (await api.statuses(commit)).get(statusContext);

	test("is posted once, signed, and deployed as it was reviewed", async () => {
		const run = world();
		const { number, commit } = await forge.open("Makes it larger");
		const review = () =>
			run(`review --post ${number} --sign`, { a: { input: "2" } }, { FAKE_REVISION: commit });
		expect(await review()).toMatchObject({ code: 0, stderr: "" });
		expect(await review()).toMatchObject({ code: 0 });
		expect(await comments(number)).toHaveLength(1);
		expect(await status(commit)).toBe("success");
		const asDeployer = { VAULT_TOKEN: deployer };
		const other = await run(`deploy --reviewed ${number}`, { a: { input: "3" } }, asDeployer);
		expect(other.code).toBe(1);
		expect(other.stderr).toContain(`this is not what was reviewed at ${commit}, nothing was applied`);
		expect(other.stderr).toContain("terraform_data.a  is another change than the one that was reviewed");
		const same = await run(`deploy --reviewed ${number}`, { a: { input: "2" } }, asDeployer);
		expect(same).toMatchObject({ code: 0, stderr: "" });
		expect((await run("plan", { a: { input: "2" } })).stdout).toContain("no changes");
	});

	test.each(["merge", "squash", "rebase", "rebase-merge"] as const)(
		"and merged by %s is found by the commit of its merge",
		async (style) => {
			const run = world();
			const { number, commit } = await forge.open("Merged");
			const resources = { a: { input: style } };
			await run(`review --post ${number} --sign`, resources, { FAKE_REVISION: commit });
			const merged = await forge.merge(number, style);
			const result = await run("deploy --reviewed", resources, { FAKE_REVISION: merged });
			expect(result).toMatchObject({ code: 0 });
			expect(result.stderr).toContain(
				`the review of pull request ${number}, which was merged as this commit`,
			);
		},
	);

	test("is not guessed for what came without a pull request, or is not committed", async () => {
		const run = world();
		const pushed = await forge.push();
		const direct = await run("deploy --reviewed", { a: {} }, { FAKE_REVISION: pushed });
		expect(direct.code).toBe(1);
		expect(direct.stderr).toContain(`no pull request was merged as ${pushed}, so nobody has reviewed it`);
		const { number, commit } = await forge.open("Open still");
		const open = await run("deploy --reviewed", { a: {} }, { FAKE_REVISION: commit });
		expect(open.stderr).toContain(`${commit} is none of the`);
		const merged = await forge.merge(number, "squash");
		const dirty = await run("deploy --reviewed", { a: {} }, { FAKE_REVISION: `${merged}-dirty` });
		expect(dirty.code).toBe(1);
		expect(dirty.stderr).toContain("files differ from the commit");
		expect((await run("plan", { a: {} })).stdout).toContain("terraform_data.a");
	});

	test("that loses something waits until somebody accepts it in the description", async () => {
		const run = world();
		await run("deploy --yes", { gone: { input: "1" } });
		const { number, commit } = await forge.open("Lets it go");
		const forgets = {
			FAKE_REVISION: commit,
			FAKE_BLOCKS: JSON.stringify({
				storage: { removed: [{ from: "terraform_data.gone", lifecycle: { destroy: false } }] },
			}),
		};
		const review = () => run(`review --post ${number} --sign`, {}, forgets);
		const deploy = () => run(`deploy --reviewed ${number}`, {}, forgets);
		expect(await review()).toMatchObject({ code: 2 });
		expect(await status(commit)).toBe("failure");
		expect(await deploy()).toMatchObject({ code: 1 });
		const [comment = ""] = await comments(number);
		const line = /^accept: .*$/m.exec(comment)?.[0] ?? "";
		await forge.describe(
			number,
			line.replace("YYYY-MM-DD", "2020-01-01").replace("REASON", "it lives elsewhere from now on"),
		);
		expect((await review()).stdout).toContain("ended on 2020-01-01");
		await forge.describe(
			number,
			line.replace("YYYY-MM-DD", "2099-01-01").replace("REASON", "it lives elsewhere from now on"),
		);
		expect(await review()).toMatchObject({ code: 0, stderr: "" });
		expect(await status(commit)).toBe("success");
		expect(await comments(number)).toHaveLength(1);
		expect(await deploy()).toMatchObject({ code: 0, stderr: "" });
	});

	test("is not posted for another commit than the one that was planned", async () => {
		const run = world();
		const { number, commit } = await forge.open("Something else");
		for (const revision of ["0123456789", `${commit}-dirty`]) {
			const result = await run(`review --post ${number}`, { a: {} }, { FAKE_REVISION: revision });
			expect(result.code).toBe(1);
			expect(result.stderr).toContain(`pull request ${number} is at ${commit}`);
		}
		expect(await comments(number)).toEqual([]);
	});

	test("is not deployed on the word of somebody who signs by another hand", async () => {
		const run = world();
		const { number, commit } = await forge.open("Unsigned");
		await run(`review --post ${number}`, { a: { input: "2" } }, { FAKE_REVISION: commit });
		const author = new Forge({
			kind: "forgejo",
			address: forge.address,
			repository,
			token: forge.author.token,
		});
		const record = {
			version: 1,
			commit,
			until: "2099-01-01",
			stacks: { storage: { hash: "x", accepted: [] } },
		};
		const seal = Buffer.from(JSON.stringify({ record, signature: "vault:v1:x" })).toString("base64url");
		await author.comment(number, `infra-review-1.${seal}`);
		const result = await run(`deploy --reviewed ${number}`, { a: { input: "2" } });
		expect(result.code).toBe(1);
		expect(result.stderr).toContain("none of the reviews is signed by the key of Vault");
	});
});
