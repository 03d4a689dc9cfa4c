import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { TerraformPlan } from "../../../review/plan/plan-json.ts";
import type { StackDocument } from "../../../world/world.ts";

const run = promisify(execFile);

/** A change that a plan would make. */
export interface PlannedChange {
	readonly address: string;
	readonly actions: readonly string[];
}

/** A synthesised stack in a folder of its own, applied by the real Terraform with its state beside it. */
export class TerraformFolder {
	readonly #path: string;
	readonly #env: Readonly<Record<string, string>>;
	#log = "";

	/** @param env beside the environment of the tests, such as a token */
	constructor(path: string, env: Readonly<Record<string, string>>) {
		mkdirSync(path, { recursive: true });
		this.#path = path;
		this.#env = env;
	}

	/** The document to work on from now on. */
	write({ json }: Pick<StackDocument, "json">): void {
		const { backend: _, ...terraform } = json.terraform as Record<string, unknown>;
		// In lines, as the engine writes it: of one of 64 KiB and more Terraform quotes nothing, and drops the message
		// with it.
		writeFileSync(join(this.#path, "cdk.tf.json"), JSON.stringify({ ...json, terraform }, null, 2));
	}

	/** Why the document cannot be applied here; undefined once its providers are installed. */
	async providersMissing(): Promise<string | undefined> {
		try {
			await this.#terraform("init", "-input=false");
			return undefined;
		} catch {
			return "terraform init cannot install the stack's providers: a registry, a mirror or the plugin folder enables it";
		}
	}

	/** Applies the last plan. */
	async applyPlan(): Promise<void> {
		await this.#terraform("apply", "-input=false", "plan");
	}

	async apply(): Promise<void> {
		await this.#terraform("apply", "-auto-approve", "-input=false");
	}

	/**
	 * The plan, as Terraform tells machines.
	 *
	 * @param refresh whether the world is asked first. @default true
	 */
	async planned({ refresh = true } = {}): Promise<TerraformPlan> {
		await this.#terraform("plan", "-out=plan", "-input=false", `-refresh=${refresh}`);
		return JSON.parse(await this.#terraform("show", "-json", "plan"));
	}

	/** What an apply would change; nothing when the world is as it is written. */
	async plan(options?: { readonly refresh?: boolean }): Promise<PlannedChange[]> {
		const { resource_changes: changes = [] } = await this.planned(options);
		return changes
			.map(({ address, change }) => ({ address, actions: change.actions }))
			.filter(({ actions }) => actions[0] !== "no-op");
	}

	/** Everything that Terraform has left behind, as text: state, document, the last plan as JSON, its output. */
	async traces(): Promise<string> {
		const read = (name: string) => readFileSync(join(this.#path, name), "utf8");
		const plan = await this.#terraform("show", "-json", "plan");
		return [read("terraform.tfstate"), read("cdk.tf.json"), plan, this.#log].join("\n");
	}

	async #terraform(...args: string[]): Promise<string> {
		try {
			const { stdout, stderr } = await run("terraform", args, {
				cwd: this.#path,
				env: { ...process.env, CHECKPOINT_DISABLE: "1", NO_COLOR: "1", ...this.#env },
				maxBuffer: 64 * 1024 ** 2,
			});
			if (args[0] !== "show") this.#log += stdout + stderr;
			return stdout;
		} catch (error) {
			const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
			throw new Error(`terraform ${args[0]}: ${stderr || stdout}`);
		}
	}
}
