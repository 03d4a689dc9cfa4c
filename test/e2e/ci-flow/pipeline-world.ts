import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { besideTerraform } from "../../../cli/affected/beside-terraform.ts";
import { besideProgram } from "../../../cli/affected/renderings.ts";
import { loadSite } from "../../../config/load-site.ts";
import { projectRoot } from "../../../config/project-root.ts";
import { agentEnvironment, infrastructureBackend } from "../../../constructs/woodpecker/agent-environment.ts";
import {
	pipelinesOf,
	renderInfrastructurePipeline,
} from "../../../constructs/woodpecker/infrastructure-pipelines.ts";
import { infra } from "../../cli/infra-process.ts";
import { GiteaServer } from "../harness/gitea-server.ts";
import { repository } from "../harness/test-forge.ts";
import { VaultServer } from "../harness/vault-server.ts";
import { waitFor } from "../harness/wait-for.ts";
import { localSteps, type Pipeline, WoodpeckerServer } from "../harness/woodpecker-server.ts";

const here = (name: string) => join(projectRoot, "test/e2e/ci-flow", name);
const program = join(projectRoot, "test/cli/fake-infra.ts");
export const stacks = ["storage", "redis"] as const;

/** A forge, a CI server with an agent, and Vault, with a repository of two small stacks and the project's own pipelines. */
export class PipelineWorld {
	readonly folder: string;
	readonly gitea: GiteaServer;
	readonly vault: VaultServer;
	readonly ci: WoodpeckerServer;
	/** Number of the repository at the CI server. */
	repository = 0;

	private constructor(folder: string, servers: Pick<PipelineWorld, "gitea" | "vault" | "ci">) {
		this.folder = folder;
		this.gitea = servers.gitea;
		this.vault = servers.vault;
		this.ci = servers.ci;
	}

	static async start(folder: string): Promise<PipelineWorld> {
		const at = (name: string) => join(folder, name);
		for (const name of ["gitea", "vault", "ci", "programs", "state"]) mkdirSync(at(name));
		const [gitea, vault] = await Promise.all([
			GiteaServer.start(at("gitea")),
			VaultServer.start(at("vault")),
		]);
		// The agent looks for it once, when it starts.
		const plugin = join(at("programs"), "plugin-git");
		copyFileSync(here("plugin-git.sh"), plugin);
		chmodSync(plugin, 0o755);
		const site = await loadSite("lab");
		const labels = agentEnvironment(site, {
			...infrastructureBackend(site),
			only: { repository, branch: "main" },
		}).WOODPECKER_AGENT_LABELS;
		const ci = await WoodpeckerServer.start(at("ci"), gitea, {
			...localSteps(at("ci"), at("programs")),
			WOODPECKER_AGENT_LABELS: labels ?? "",
		});
		const world = new PipelineWorld(folder, { gitea, vault, ci });
		await world.#prepare();
		return world;
	}

	async stop(): Promise<void> {
		await this.ci.stop();
		await Promise.all([this.gitea.stop(), this.vault.stop()]);
	}

	/** The command on this machine, as an operator; with what a checkout of the repository holds. */
	infra(args: string, checkout: string, more: NodeJS.ProcessEnv = {}) {
		return infra(args.split(" "), { program, env: { ...this.#variables(checkout), ...more } });
	}

	/** A clone of the repository, or of somebody's fork. */
	clone(name: string, { owner = "team", token = this.gitea.author.token } = {}): string {
		const target = join(this.folder, name);
		const { host } = new URL(this.gitea.address);
		this.git(this.folder, "clone", "--quiet", `http://${token}@${host}/${owner}/infra.git`, target);
		this.git(target, "config", "user.email", "somebody@example.com");
		this.git(target, "config", "user.name", "Somebody");
		return target;
	}

	git(folder: string, ...args: string[]): string {
		const env = { PATH: process.env.PATH, HOME: this.folder, GIT_TERMINAL_PROMPT: "0" };
		return execFileSync("git", args, { cwd: folder, env, encoding: "utf8", stdio: "pipe" }).trim();
	}

	/** Runs a cron now, and waits for the end of its pipeline. */
	async cron(name: string): Promise<Pipeline> {
		const crons = await this.ci.ask("GET", `/repos/${this.repository}/cron`);
		const { id } = crons.find((cron: { name: string }) => cron.name === name);
		const { number } = await this.ci.ask("POST", `/repos/${this.repository}/cron/${id}`);
		return this.ci.end(this.repository, number);
	}

	/** Merges a pull request. @returns the pipeline that the merge starts, once it has ended */
	async merge(number: number): Promise<Pipeline> {
		return this.deployOf(await this.mergeOnly(number));
	}

	/** @returns the commit of the merge */
	async mergeOnly(number: number): Promise<string> {
		// The forge computes for a moment whether it can be merged.
		return waitFor(
			`pull request ${number} is merged`,
			async () => {
				const path = `/repos/${repository}/pulls/${number}`;
				const { merged, merge_commit_sha } = await this.gitea.ask("GET", path);
				if (merged) return merge_commit_sha as string;
				await this.gitea.ask("POST", `${path}/merge`, { Do: "merge" });
				return undefined;
			},
			{ within: 60_000, every: 300 },
		);
	}

	async deployOf(commit: string): Promise<Pipeline> {
		const { number } = await waitFor(
			`a pipeline of ${commit}`,
			async () => (await this.ci.pipelines(this.repository)).find((one) => one.commit === commit),
			{ within: 60_000, every: 200 },
		);
		return this.ci.end(this.repository, number);
	}

	async #prepare(): Promise<void> {
		const { vault } = this;
		await vault.makeReviewKey();
		const token = async (name: string, path: string) => {
			await vault.must("PUT", `sys/policies/acl/${name}`, {
				policy: `path "${path}" { capabilities = ["update"] }`,
			});
			return (await vault.must("POST", "auth/token/create", { policies: [name] })).auth.client_token;
		};
		const planner = await token("planner", "transit/hmac/infra-review/*");
		const deployer = await token("deployer", "transit/verify/infra-review/*");
		const programs = join(this.folder, "programs");
		writeFileSync(join(programs, "infra"), this.#program({ planner, deployer }));
		chmodSync(join(programs, "infra"), 0o755);
		const checkout = this.clone("operator");
		await this.#fill(checkout);
		const { id } = await this.gitea.ask("GET", `/repos/${repository}`);
		this.repository = (await this.ci.ask("POST", `/repos?forge_remote_id=${id}`)).id;
	}

	/** Commits the first world, deploys it, and makes the pipelines. */
	async #fill(checkout: string): Promise<void> {
		const write = (name: string, value: object | string) => {
			mkdirSync(join(checkout, name, ".."), { recursive: true });
			writeFileSync(
				join(checkout, name),
				typeof value === "string" ? value : `${JSON.stringify(value, null, 1)}\n`,
			);
		};
		const lab = await loadSite("lab");
		write("world/storage.json", { a: { input: "1" }, gone: { input: "1" } });
		write("world/redis.json", { a: { input: "1" } });
		write("world/blocks.json", { storage: {}, redis: {} });
		const deployed = await this.infra("deploy --yes", checkout);
		if (deployed.code !== 0) throw new Error(deployed.stderr);
		await this.infra("synth", checkout);
		for (const stack of stacks)
			cpSync(
				join(this.folder, "out/stacks", stack, "cdk.tf.json"),
				join(checkout, "frame", `${stack}.json`),
				{
					recursive: true,
				},
			);
		write("main.ts", readFileSync(here("small-main.mjs"), "utf8"));
		write(besideProgram, readFileSync(here("small-beside.mjs"), "utf8"));
		write("world/beside.json", {
			beside: besideTerraform({ ...lab, vault: { ...lab.vault, address: this.vault.address } }),
		});
		write("package.json", { type: "module" });
		copyFileSync(join(projectRoot, "package-lock.json"), join(checkout, "package-lock.json"));
		const { woodpecker, storage } = lab;
		const ssh = { user: "root", port: 22, hostKey: "ssh-ed25519 AAAA" };
		const site = {
			...lab,
			storage: { ...storage, nfs: { ...storage.nfs, ssh } },
			woodpecker: { ...woodpecker, images: { ...woodpecker.images, infrastructure: "bash" } },
		};
		for (const pipeline of pipelinesOf(site))
			write(`.woodpecker/${pipeline.name}.yaml`, renderInfrastructurePipeline(site, pipeline));
		this.git(checkout, "add", "-A");
		this.git(checkout, "commit", "--quiet", "-m", "Two stacks");
		this.git(checkout, "push", "--quiet", "origin", "HEAD:main");
	}

	/**
	 * Stands for the program of the image: it drops whatever variables a run was given, and logs in by its machine. Without
	 * a cluster there is no service account, so that the logins are tokens; without an NFS server it says what it would do.
	 */
	#program(tokens: Readonly<Record<"planner" | "deployer", string>>): string {
		const words = (variables: Record<string, string>) =>
			Object.entries(variables)
				.map(([name, value]) => `${name}='${value}'`)
				.join(" ");
		const login = (vault: string) => words({ INFRA_FORGE_TOKEN: this.gitea.robot.token, VAULT_TOKEN: vault });
		const run = `exec env -i ${words(this.#common())} FAKE_WORLD="$world" FAKE_BLOCKS="$(cat world/blocks.json)" FAKE_REVISION="$(git rev-parse HEAD)"`;
		const command = `${process.execPath} ${program} "$@"`;
		return `#!/bin/sh
set -eu
shift 2
world="{\\"storage\\":$(cat world/storage.json),\\"redis\\":$(cat world/redis.json)}"
case "$1 $2 $3" in
"as planner "*) shift 2 && ${run} ${login(tokens.planner)} ${command} ;;
"as deployer exports") shift 2 && echo "$* at $(git rev-parse HEAD)" ;;
"as deployer "*) shift 2 && ${run} ${login(tokens.deployer)} ${command} ;;
*) ${run} ${command} ;;
esac
`;
	}

	#common(): Record<string, string> {
		return {
			PATH: process.env.PATH ?? "",
			HOME: process.env.HOME ?? "",
			CDKTF_OUTDIR: join(this.folder, "out"),
			FAKE_FORGE: this.gitea.address,
			FAKE_STATE: JSON.stringify({ kind: "local", directory: join(this.folder, "state") }),
			VAULT_ADDR: this.vault.address,
		};
	}

	#variables(checkout: string): NodeJS.ProcessEnv {
		const read = (name: string) => readFileSync(join(checkout, "world", name), "utf8");
		return {
			...this.#common(),
			FAKE_WORLD: `{"storage":${read("storage.json")},"redis":${read("redis.json")}}`,
			FAKE_BLOCKS: read("blocks.json"),
			INFRA_FORGE_TOKEN: this.gitea.robot.token,
			INFRA_CI_TOKEN: this.ci.token,
			VAULT_TOKEN: this.vault.rootToken,
		};
	}
}
