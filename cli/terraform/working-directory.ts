import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { StackDocument } from "../../constructs/policy/world.ts";
import { print } from "../output.ts";
import type { TerraformBinary } from "./binary.ts";
import { requireDatabasePassword } from "./database-password.ts";
import { addressOf, type Diagnostic, parseEvent, type TerraformEvent } from "./diagnostic.ts";
import { terraformEnvironment } from "./environment.ts";
import { providerUnavailable } from "./provider-unavailable.ts";
import { type Finished, run } from "./run.ts";
import { type StateObject, unfinishedObjects } from "./state-file.ts";
import { type LocatedDiagnostic, TerraformError } from "./terraform-error.ts";

export interface WorkingDirectoryProps {
	readonly terraform: TerraformBinary;
	readonly document: StackDocument;
	/** Folder of the stack's `cdk.tf.json`. */
	readonly folder: string;
	/** Print what Terraform itself says. */
	readonly verbose: boolean;
}

/** Result of a plan. */
export interface Planned {
	/** Whether there is anything to apply. */
	readonly changes: boolean;
	readonly warnings: readonly LocatedDiagnostic[];
}

interface Told {
	readonly finished: Finished;
	readonly diagnostics: readonly Diagnostic[];
}

/** Two inits at a time may both write one provider into the shared plugin cache: Terraform does not lock it. */
let lastInit: Promise<unknown> = Promise.resolve();

/** The folder of one synthesised stack, in which Terraform runs. Every method throws TerraformError on failure. */
export class WorkingDirectory {
	readonly document: StackDocument;
	readonly planFile: string;
	readonly #props: WorkingDirectoryProps;
	readonly #paths: ReadonlyMap<string, string>;

	constructor(props: WorkingDirectoryProps) {
		this.#props = props;
		this.document = props.document;
		this.planFile = join(props.folder, "infra.tfplan");
		this.#paths = new Map(props.document.resources.map(({ address, path }) => [address, path]));
	}

	/**
	 * Installs the providers and connects the state. The state is never carried over from one backend to another: a
	 * new backend means another site, which has a state of its own.
	 */
	async init({ backend }: { readonly backend: boolean }): Promise<void> {
		if (backend) requireDatabasePassword(this.document);
		const args = backend ? ["-reconfigure"] : ["-backend=false"];
		const mine = lastInit.then(async () => {
			const result = await this.#events("init", args);
			// The lock file in the output folder is of an earlier synthesis: its choice of versions binds nobody.
			const outdated = result.diagnostics.some(({ detail }) => detail?.includes("init -upgrade"));
			return outdated ? this.#events("init", [...args, "-upgrade"]) : result;
		});
		lastInit = mine.catch(() => {});
		const result = await mine;
		if (result.finished.code !== 0)
			throw providerUnavailable(this.document, result.diagnostics) ?? this.#failure("init", result);
	}

	/** Saves a plan, readable by its owner only. */
	async plan({ destroy }: { readonly destroy: boolean }): Promise<Planned> {
		// Terraform keeps the mode of a file that is there; by itself it would let everybody read the plan.
		writeFileSync(this.planFile, "", { mode: 0o600 });
		const args = [`-out=${this.planFile}`, "-detailed-exitcode", ...(destroy ? ["-destroy"] : [])];
		const result = await this.#events("plan", args);
		const { code } = result.finished;
		if (code !== 0 && code !== 2) throw this.#failure("plan", result);
		if (this.#props.verbose) print((await this.#run(["show", "-no-color", this.planFile])).stdout);
		const warnings = result.diagnostics.map((diagnostic) => this.#locate(diagnostic));
		return { changes: code === 2, warnings };
	}

	/** The saved plan as JSON. It may hold values that are sensitive: for computing, not for keeping. */
	async show(): Promise<unknown> {
		return JSON.parse(await this.#must("show", "-json", this.planFile));
	}

	/** Applies exactly the saved plan. */
	async apply(onEvent: (event: TerraformEvent) => void): Promise<void> {
		const result = await this.#events("apply", [this.planFile], onEvent);
		if (result.finished.code !== 0) throw this.#failure("apply", result);
	}

	/** What Terraform and the providers think of the configuration. */
	async validate(): Promise<LocatedDiagnostic[]> {
		const finished = await this.#run(["validate", "-json"]);
		const event = JSON.parse(finished.stdout || "{}") as { diagnostics?: Diagnostic[] };
		const { diagnostics } = event;
		if (diagnostics === undefined) throw this.#failure("validate", { finished, diagnostics: [] });
		return diagnostics.map((diagnostic) => this.#locate(diagnostic));
	}

	/** Addresses of everything that the state holds. */
	async heldAddresses(): Promise<string[]> {
		const finished = await this.#run(["state", "list"]);
		// Terraform fails where there is no state yet.
		if (finished.code !== 0 && !finished.stderr.includes("No state file was found"))
			throw this.#failure("state list", { finished, diagnostics: [] });
		return finished.stdout.split("\n").filter(Boolean);
	}

	/** The state as text, empty when there is none yet. It may hold values that are sensitive. */
	async state(): Promise<string> {
		return (await this.#must("state pull")).trim();
	}

	/** Objects that the state holds although their creation failed or was interrupted: it calls them tainted. */
	async unfinished(): Promise<StateObject[]> {
		return unfinishedObjects(await this.state());
	}

	/** Takes an object for finished: the next plan compares it with the code instead of replacing it. */
	async accept({ address }: StateObject): Promise<void> {
		await this.#must("untaint", address);
	}

	removePlan(): void {
		rmSync(this.planFile, { force: true });
	}

	/** Construct path behind an address of this stack. */
	pathOf(address: string): string | undefined {
		return this.#paths.get(address);
	}

	async #events(
		command: string,
		args: readonly string[],
		onEvent?: (event: TerraformEvent) => void,
	): Promise<Told> {
		const diagnostics: Diagnostic[] = [];
		const finished = await this.#run([command, "-json", "-input=false", ...args], (line) => {
			const event = parseEvent(line);
			if (event?.diagnostic) diagnostics.push(event.diagnostic);
			if (this.#props.verbose) print(stripVTControlCharacters(event?.["@message"] ?? line));
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

	#run(args: readonly string[], onLine?: (line: string) => void): Promise<Finished> {
		return run(this.#props.terraform.command, args, {
			cwd: this.#props.folder,
			env: terraformEnvironment(),
			...(onLine ? { onLine } : {}),
		});
	}

	#locate(diagnostic: Diagnostic): LocatedDiagnostic {
		const address = addressOf(diagnostic);
		const path = address && this.pathOf(address);
		return { ...diagnostic, ...(address ? { address } : {}), ...(path ? { path } : {}) };
	}

	#failure(command: string, { finished, diagnostics }: Told): TerraformError {
		const errors = diagnostics.filter(({ severity }) => severity === "error");
		return new TerraformError({
			stack: this.document.stack,
			command,
			diagnostics: errors.map((error) => this.#locate(error)),
			stderr: finished.stderr,
		});
	}
}
