import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { run } from "../../clients/host/run.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import type { StateBackend } from "../../stacks/state-backend.ts";
import { findTerraform } from "../binary.ts";
import { terraformEnvironment } from "../environment.ts";

/**
 * A state that Terraform keeps itself in a plain file, read and written by `terraform state pull` and `push`: those check
 * its lineage and serial. No stack has to be built for that. In a database, opening it makes the table.
 */
export class StateByTerraform {
	readonly #name: string;
	readonly #folder: string;
	readonly #command: string;
	readonly #env: NodeJS.ProcessEnv;

	private constructor(name: string, folder: string, command: string, env: NodeJS.ProcessEnv) {
		this.#name = name;
		this.#folder = folder;
		this.#command = command;
		this.#env = env;
	}

	/** @throws VisibleError with what Terraform says when the backend does not answer */
	static open({
		stack,
		stackFolder,
		backend,
		env,
	}: {
		readonly stack: string;
		/** Folder that a path of the backend is relative to. */
		readonly stackFolder: string;
		readonly backend: StateBackend;
		readonly env?: NodeJS.ProcessEnv | undefined;
	}): Promise<StateByTerraform> {
		const absolute =
			"local" in backend ? { local: { path: resolve(stackFolder, backend.local.path) } } : backend;
		return StateByTerraform.at(`stack ${stack}`, absolute, env);
	}

	/**
	 * A state that is no stack's.
	 *
	 * @param name for messages
	 * @param backend as a document of Terraform has it, with absolute paths
	 */
	static async at(name: string, backend: object, given = process.env): Promise<StateByTerraform> {
		const { command } = await findTerraform();
		const folder = mkdtempSync(join(tmpdir(), "infra-state-"));
		const env = { ...terraformEnvironment(given), TF_DATA_DIR: join(folder, "data") };
		const state = new StateByTerraform(name, folder, command, env);
		try {
			writeFileSync(join(folder, "main.tf.json"), JSON.stringify({ terraform: { backend } }));
			await state.#must(["init", "-input=false", "-no-color"]);
			return state;
		} catch (error) {
			state.close();
			throw error;
		}
	}

	/** The state in the clear; undefined when there is none yet. */
	async read(): Promise<string | undefined> {
		const text = await this.#must(["state", "pull"]);
		// A backend without one gives nothing, or a state that nobody has begun.
		return text.trim() === "" || JSON.parse(text).lineage === "" ? undefined : text;
	}

	async write(text: string): Promise<void> {
		await this.#must(["state", "push", "-"], text);
	}

	close(): void {
		rmSync(this.#folder, { recursive: true, force: true });
	}

	async #must(args: readonly string[], input = ""): Promise<string> {
		const { code, stdout, stderr } = await run(this.#command, args, {
			cwd: this.#folder,
			env: this.#env,
			input,
			signal: "kept back",
		});
		if (code === 0) return stdout;
		const words = stripVTControlCharacters(stderr)
			.replace(/[\s│╷╵]+/g, " ")
			.trim();
		throw new VisibleError(`${this.#name}: terraform ${args.slice(0, 2).join(" ")} has failed: ${words}`);
	}
}
