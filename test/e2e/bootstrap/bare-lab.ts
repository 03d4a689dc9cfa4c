import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { vi } from "vitest";
import { Safe, type SafeContent } from "../../../cli/bootstrap/safe.ts";
import { loadSite } from "../../../config/load-site.ts";
import { projectRoot } from "../../../config/project-root.ts";
import type { Verdict } from "../../../lab/verdict.ts";
import { type ProcessResult, infra as runInfra, type StartOptions } from "../../cli/infra-process.ts";
import { filesWith } from "../harness/files-with.ts";

/** A bare lab in a folder of its own, and the command on its site. */
export class BareLab {
	// Where cdktf.out is: documents name charts and states relative to that.
	readonly folder = mkdtempSync(join(projectRoot, ".lab-"));
	readonly memory = mkdtempSync("/dev/shm/infra-bootstrap-");
	readonly lab = join(this.folder, "lab");
	readonly site = join(this.lab, "site.json");
	readonly keys = join(this.lab, "age-keys.txt");

	/** Environment of whoever brings the site up: no login to Vault. */
	get env(): NodeJS.ProcessEnv {
		return {
			INFRA_LAB: this.lab,
			CDKTF_OUTDIR: this.folder,
			INFRA_SITE: this.site,
			INFRA_MEMORY: this.memory,
			SOPS_AGE_KEY_FILE: this.keys,

			VAULT_TOKEN: undefined,
			VAULT_ADDR: undefined,
			NO_COLOR: "1",
		};
	}

	infra(args: readonly string[], more: NodeJS.ProcessEnv = {}, onOutput?: StartOptions["onOutput"]) {
		return runInfra(args, { env: { ...this.env, ...more }, ...(onOutput && { onOutput }) });
	}

	bootstrap(args: readonly string[] = [], more: NodeJS.ProcessEnv = {}): Promise<ProcessResult> {
		return this.infra(["bootstrap", ...args], more);
	}

	/** Runs it until it prints a text, and then sends a signal. */
	async until(
		text: string,
		signal: NodeJS.Signals,
		args: readonly string[] = [],
		more: NodeJS.ProcessEnv = {},
	): Promise<ProcessResult> {
		return this.infra(["bootstrap", ...args], more, (output, child) => {
			if (output.includes(text) && !child.killed) child.kill(signal);
		});
	}

	/** What opens Vault, as its file has it. */
	async safe(): Promise<{ readonly content: SafeContent; readonly change: Safe["change"] }> {
		vi.stubEnv("SOPS_AGE_KEY_FILE", this.keys);
		const safe = new Safe(await loadSite(this.site));
		return { content: await safe.open(), change: (fields) => safe.change(fields) };
	}

	/** What `infra lab verify` finds not to hold. */
	async problems(): Promise<Verdict[]> {
		const verdicts: Verdict[] = JSON.parse((await this.infra(["lab", "verify", "--json"])).stdout);
		return verdicts.filter(({ problem }) => problem !== "");
	}

	/** Files of the lab, of the output and in memory that have a text in them. */
	filesWith(text: string): string[] {
		return [this.folder, this.memory].flatMap((root) => filesWith(root, text));
	}

	async remove(): Promise<void> {
		await this.infra(["lab", "down"]);
		for (const path of [this.folder, this.memory]) rmSync(path, { recursive: true, force: true });
	}
}
