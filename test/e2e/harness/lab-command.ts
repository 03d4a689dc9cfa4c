import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { projectRoot } from "../../../config/project-root.ts";
import { askApi } from "../../../lab/kubernetes-api.ts";
import type { LabProcess } from "../../../lab/lab-process.ts";
import type { Lab } from "../../../lab/lab-state.ts";

/** `infra lab` in a folder of its own, as its user runs it. */
export class LabCommand {
	/** Its files. */
	readonly folder: string;
	readonly program = join(projectRoot, "cli/bin/infra.js");
	readonly env: NodeJS.ProcessEnv;
	readonly #scratch: string;

	constructor() {
		// Where cdktf.out is: documents name charts and states relative to that.
		this.#scratch = mkdtempSync(join(projectRoot, ".lab-"));
		this.folder = join(this.#scratch, "lab");
		this.env = { ...process.env, INFRA_LAB: this.folder, CDKTF_OUTDIR: this.#scratch, NO_COLOR: "1" };
	}

	async run(...args: string[]): Promise<{ readonly code: number; readonly output: string }> {
		try {
			const { stdout, stderr } = await promisify(execFile)(this.program, ["lab", ...args], {
				env: this.env,
				maxBuffer: 16 * 1024 ** 2,
			});
			return { code: 0, output: stdout + stderr };
		} catch (error) {
			const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
			return { code, output: stdout + stderr };
		}
	}

	get lab(): Lab {
		return JSON.parse(readFileSync(join(this.folder, "lab.json"), "utf8"));
	}

	get processes(): readonly LabProcess[] {
		return JSON.parse(readFileSync(join(this.folder, "processes.json"), "utf8"));
	}

	/** Asks its API server as an administrator. */
	// biome-ignore lint/suspicious/noExplicitAny: objects of the API are read by name
	async ask(method: string, path: string, body?: object): Promise<{ status: number; body: any }> {
		const answer = await askApi(this.lab, method, path, body);
		return { status: answer.status, body: /^\{/.test(answer.body) ? JSON.parse(answer.body) : answer.body };
	}

	/** Ends it and removes its files. */
	async end(): Promise<void> {
		await this.run("down");
		rmSync(this.#scratch, { recursive: true, force: true });
	}
}
