import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { isDeepStrictEqual, stripVTControlCharacters } from "node:util";
import { type ProcessResult, run } from "../clients/host/run.ts";
import { VisibleError } from "../config/schema/visible-error.ts";
import { addressOf, type Diagnostic, parseEvent, type TerraformEvent } from "../terminal/diagnostic.ts";
import { foreignText } from "../terminal/foreign-text.ts";
import { print } from "../terminal/output.ts";
import { type LocatedDiagnostic, TerraformError } from "../terminal/terraform-error.ts";
import { UsageError } from "../terminal/usage-error.ts";
import type { StackDocument, World } from "../world/world.ts";
import type { TerraformBinary } from "./binary.ts";
import { requireDatabasePassword } from "./database-password.ts";
import { terraformEnvironment } from "./environment.ts";
import { providerUnavailable } from "./provider-unavailable.ts";
import { lockStack, type StackLock } from "./stack-lock.ts";
import { type StateObject, siteOfState, unfinishedObjects } from "./state-file.ts";

export interface WorkingDirectoryProps {
	readonly terraform: TerraformBinary;
	readonly document: StackDocument;
	/** All stacks of the site, this one included. */
	readonly world: World;
	/** Folder of the site's output. */
	readonly output: string;
	/** Name of the site. */
	readonly site: string;
	readonly stateTier: 0 | 1;
	/** Print the output of Terraform as well. */
	readonly verbose: boolean;
	/** Environment of Terraform: logins to the backend and to what providers talk to. */
	readonly env: NodeJS.ProcessEnv;
}

/** Result of a plan. */
export interface Planned {
	/** Whether there is anything to apply. */
	readonly changes: boolean;
	readonly warnings: readonly LocatedDiagnostic[];
}

interface CommandResult {
	readonly finished: ProcessResult;
	readonly diagnostics: readonly Diagnostic[];
}

/**
 * Serialises inits: two at once could write the same provider into the shared plugin cache, which Terraform does not
 * lock.
 */
let lastInit: Promise<unknown> = Promise.resolve();

/** OpenTofu reads versions from Terraform's lock file, but must add entries for its own registry. */
function isOpenTofu({ command }: TerraformBinary): boolean {
	return basename(command).startsWith("tofu");
}

/**
 * The folder of one synthesised stack, in which Terraform runs. Every method throws TerraformError on failure, and
 * works only while the folder is held.
 */
export class WorkingDirectory {
	readonly document: StackDocument;
	readonly world: World;
	readonly #props: WorkingDirectoryProps;
	readonly #folder: string;
	readonly #paths: ReadonlyMap<string, string>;
	#lock: StackLock | undefined;
	/** Digest of the plan that was shown to the user. */
	#shown: string | undefined;

	constructor(props: WorkingDirectoryProps) {
		this.#props = props;
		this.document = props.document;
		this.world = props.world;
		this.#folder = join(props.output, "stacks", props.document.stack);
		this.#paths = new Map(props.document.resources.map(({ address, path }) => [address, path]));
	}

	/** The same folder with another environment, for a login that did not exist before. */
	withEnvironment(env: NodeJS.ProcessEnv): WorkingDirectory {
		return new WorkingDirectory({ ...this.#props, env });
	}

	/**
	 * Locks the folder for this process while a task runs. Plans of the task are kept in a private folder, which is
	 * deleted in any case. The folder gets the document that was checked, even if another process has synthesised
	 * since.
	 *
	 * @throws UsageError when another process holds it, naming that process
	 */
	async held<T>(task: () => Promise<T>): Promise<T> {
		const { output, site } = this.#props;
		const lock = await lockStack(output, { stack: this.document.stack, site });
		this.#lock = lock;
		try {
			if (!this.#hasOwnDocument()) {
				mkdirSync(this.#folder, { recursive: true });
				writeFileSync(this.#documentFile, JSON.stringify(this.document.json, null, 2));
			}
			return await task();
		} finally {
			this.#lock = undefined;
			this.#shown = undefined;
			lock.release();
		}
	}

	/**
	 * Installs the providers and configures the backend. State is never migrated between backends: a new backend means
	 * another site, which has a state of its own.
	 *
	 * @throws UsageError when the state belongs to another site
	 */
	async init({ backend }: { readonly backend: boolean }): Promise<void> {
		if (backend) requireDatabasePassword(this.document, this.#props.env);
		const args = backend ? ["-reconfigure"] : ["-backend=false"];
		// The synthesis has written the committed lock into the folder. A pipeline may use only that; on an operator's
		// machine Terraform may add checksums of what it installed.
		if (this.#props.env.CI && !isOpenTofu(this.#props.terraform)) args.push("-lockfile=readonly");
		const mine = lastInit.then(() => this.#events("init", args));
		lastInit = mine.catch(() => {});
		const result = await mine;
		if (result.finished.code !== 0)
			throw providerUnavailable(this.document, result.diagnostics) ?? this.#failure("init", result);
		if (backend) await this.#requireOwnState();
	}

	/**
	 * Makes a plan and saves it, readable by this user only.
	 *
	 * @throws UsageError when another process has synthesised another document meanwhile
	 */
	async plan({ destroy }: { readonly destroy: boolean }): Promise<Planned> {
		// Terraform keeps the mode of an existing file, and would otherwise create one that every user can read.
		const file = this.#planFile;
		writeFileSync(file, "", { mode: 0o600 });
		const args = [`-out=${file}`, "-detailed-exitcode", ...(destroy ? ["-destroy"] : [])];
		const result = await this.#events("plan", args);
		const { code } = result.finished;
		if (!this.#hasOwnDocument())
			throw new UsageError(
				`stack ${this.document.stack} was synthesised by another process while it was planned, with another result`,
				"run the command again",
			);
		if (code !== 0 && code !== 2) throw this.#failure("plan", result);
		if (this.#props.verbose)
			print(foreignText((await this.#run(["show", "-no-color", file])).stdout, "\n\t"));
		const warnings = result.diagnostics.map((diagnostic) => this.#locate(diagnostic));
		return { changes: code === 2, warnings };
	}

	/** The saved plan as JSON. It may hold sensitive values: use it in memory only. */
	async show(): Promise<unknown> {
		this.#shown = digestOf(this.#planFile);
		return JSON.parse(await this.#must("show", "-json", this.#planFile));
	}

	/** Applies the saved plan. @throws UsageError when it is not the one that was shown */
	async apply(onEvent: (event: TerraformEvent) => void): Promise<void> {
		if (digestOf(this.#planFile) !== this.#shown)
			throw new UsageError(
				`stack ${this.document.stack}: the saved plan is not the one that was shown, nothing was applied`,
				"run the command again",
			);
		const result = await this.#events("apply", [this.#planFile], onEvent);
		if (result.finished.code !== 0) throw this.#failure("apply", result);
	}

	/** Validates the configuration with Terraform and the providers. */
	async validate(): Promise<LocatedDiagnostic[]> {
		const finished = await this.#run(["validate", "-json"]);
		const event = JSON.parse(finished.stdout || "{}") as { diagnostics?: Diagnostic[] };
		const { diagnostics } = event;
		if (diagnostics === undefined) throw this.#failure("validate", { finished, diagnostics: [] });
		return diagnostics.map((diagnostic) => this.#locate(diagnostic));
	}

	/** Addresses of all objects in the state. */
	async stateAddresses(): Promise<string[]> {
		const finished = await this.#run(["state", "list"]);
		// Terraform fails when there is no state yet.
		if (finished.code !== 0 && !finished.stderr.includes("No state file was found"))
			throw this.#failure("state list", { finished, diagnostics: [] });
		return finished.stdout.split("\n").filter(Boolean);
	}

	/** The state as text, empty when there is none yet. It may hold sensitive values. */
	async state(): Promise<string> {
		return (await this.#must("state pull")).trim();
	}

	/** Tainted objects of the state: their creation failed or was interrupted. */
	async unfinished(): Promise<StateObject[]> {
		return unfinishedObjects(await this.state());
	}

	/** Removes the taint of an object: the next plan compares it with the code instead of replacing it. */
	async untaint({ address }: StateObject): Promise<void> {
		await this.#must("untaint", address);
	}

	/** Construct path of an address of this stack. */
	pathOf(address: string): string | undefined {
		return this.#paths.get(address);
	}

	get #planFile(): string {
		return join(this.#held.folder, `${this.document.stack}.tfplan`);
	}

	get #held(): StackLock {
		if (this.#lock === undefined) throw new VisibleError(`stack ${this.document.stack} is not held`);
		return this.#lock;
	}

	get #documentFile(): string {
		return join(this.#folder, "cdk.tf.json");
	}

	#hasOwnDocument(): boolean {
		try {
			const written = JSON.parse(readFileSync(this.#documentFile, "utf8"));
			return isDeepStrictEqual(written, JSON.parse(JSON.stringify(this.document.json)));
		} catch {
			return false;
		}
	}

	/** Checks the site of the state, which is an output of every stack. */
	async #requireOwnState(): Promise<void> {
		const { site, stateTier } = this.#props;
		const owner = siteOfState(await this.state());
		if (owner === undefined || owner === site) return;
		throw new UsageError(
			`stack ${this.document.stack}: its state belongs to site ${owner}, and this is site ${site}`,
			`give site ${site} a state of its own: state.tier${stateTier} of its configuration`,
		);
	}

	async #events(
		command: string,
		args: readonly string[],
		onEvent?: (event: TerraformEvent) => void,
	): Promise<CommandResult> {
		const diagnostics: Diagnostic[] = [];
		const finished = await this.#run([command, "-json", "-input=false", ...args], (line) => {
			const event = parseEvent(line);
			if (event?.diagnostic) diagnostics.push(event.diagnostic);
			if (this.#props.verbose)
				print(foreignText(stripVTControlCharacters(event?.["@message"] ?? line), "\n\t"));
			if (event) onEvent?.(event);
		});
		return { finished, diagnostics };
	}

	/** The standard output of a command that must succeed. */
	async #must(command: string, ...args: readonly string[]): Promise<string> {
		const finished = await this.#run([...command.split(" "), ...args]);
		if (finished.code !== 0) throw this.#failure(command, { finished, diagnostics: [] });
		return finished.stdout;
	}

	#run(args: readonly string[], onLine?: (line: string) => void): Promise<ProcessResult> {
		this.#held;
		return run(this.#props.terraform.command, args, {
			cwd: this.#folder,
			env: terraformEnvironment(this.#props.env),
			name: `terraform ${args[0]} of stack ${this.document.stack}`,
			...(onLine ? { onLine } : {}),
		});
	}

	#locate(diagnostic: Diagnostic): LocatedDiagnostic {
		const address = addressOf(diagnostic);
		const path = address && this.pathOf(address);
		return { ...diagnostic, ...(address ? { address } : {}), ...(path ? { path } : {}) };
	}

	#failure(command: string, { finished, diagnostics }: CommandResult): TerraformError {
		const errors = diagnostics.filter(({ severity }) => severity === "error");
		return new TerraformError({
			stack: this.document.stack,
			command,
			diagnostics: errors.map((error) => this.#locate(error)),
			stderr: finished.stderr,
		});
	}
}

function digestOf(file: string): string {
	return createHash("sha256").update(readFileSync(file)).digest("hex");
}
