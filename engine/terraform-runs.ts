import { stripVTControlCharacters } from "node:util";
import { type ProcessResult, type Run, run } from "../clients/host/run.ts";
import { defined } from "../config/schema/defined.ts";
import { addressOf, type Diagnostic, parseEvent, type TerraformEvent } from "../terminal/diagnostic.ts";
import { foreignText } from "../terminal/foreign-text.ts";
import { print } from "../terminal/output.ts";
import { type LocatedDiagnostic, TerraformError } from "../terminal/terraform-error.ts";
import { terraformEnvironment } from "./environment.ts";
import type { HeldStack } from "./held-stack.ts";
import { asksForInit } from "./initialise.ts";
import { whenStatesCanBeCreated } from "./state-creation.ts";
import { stateLock } from "./state-lock.ts";
import { planTime, type WorkingDirectoryProps } from "./working-directory-props.ts";

type OnLine = (line: string) => void;

/** A command of Terraform that has ended, and what it has said of the configuration. */
export interface CommandResult {
	readonly finished: ProcessResult;
	readonly diagnostics: readonly Diagnostic[];
}

/** Commands of Terraform in the folder of a stack that is held, and what their failures mean. */
export class TerraformRuns {
	/** Runs the init again; undefined unless the result of an earlier one is used. */
	again: (() => Promise<void>) | undefined;
	readonly #props: WorkingDirectoryProps;
	readonly #data: string;
	readonly #held: () => HeldStack;
	readonly #paths: ReadonlyMap<string, string>;

	/**
	 * @param data folder for what an init installs
	 * @param held gives the stack, or throws while it is not held
	 */
	constructor(props: WorkingDirectoryProps, data: string, held: () => HeldStack) {
		this.#props = props;
		this.#data = data;
		this.#held = held;
		this.#paths = new Map(props.document.resources.map(({ address, path }) => [address, path]));
	}

	/** Construct path of an address of the stack. */
	pathOf(address: string): string | undefined {
		return this.#paths.get(address);
	}

	/** Runs a command that tells what it does as events, a line each. Its failure is for the caller to judge. */
	async events(
		command: string,
		args: readonly string[],
		onEvent?: (event: TerraformEvent) => void,
	): Promise<CommandResult> {
		let diagnostics: Diagnostic[] = [];
		const finished = await this.run([command, "-json", "-input=false", ...args], (line) => {
			const event = parseEvent(line);
			// The first event: of the second attempt, after an init.
			if (event?.type === "version") diagnostics = [];
			if (event?.diagnostic) diagnostics.push(event.diagnostic);
			if (this.#props.verbose)
				print(foreignText(stripVTControlCharacters(event?.["@message"] ?? line), "\n\t"));
			if (event) onEvent?.(event);
		});
		return { finished, diagnostics };
	}

	/**
	 * Runs a command of Terraform that must succeed.
	 *
	 * @param given its arguments, and what it reads
	 * @returns its standard output
	 */
	async must(command: string, ...given: readonly (string | Pick<Run, "input">)[]): Promise<string> {
		const args = given.filter((one) => typeof one === "string");
		const more = given.find((one) => typeof one === "object");
		const finished = await this.run([...command.split(" "), ...args], undefined, more);
		if (finished.code !== 0) throw await this.failure(command, { finished, diagnostics: [] });
		return finished.stdout;
	}

	/** Runs a command, and once more after an init where it asks for one. */
	async run(args: readonly string[], onLine?: OnLine, more?: Pick<Run, "input">): Promise<ProcessResult> {
		const finished = await this.#start(args, onLine, more);
		const again = this.again;
		if (again === undefined || !asksForInit(finished)) return finished;
		this.again = undefined;
		await again();
		return this.#start(args, onLine, more);
	}

	#start(args: readonly string[], onLine?: OnLine, more?: Pick<Run, "input">): Promise<ProcessResult> {
		const { terraform, env } = this.#props;
		const options = {
			cwd: this.#held().folder,
			env: { ...terraformEnvironment(env), ...this.#held().state.environment, TF_DATA_DIR: this.#data },
			name: `terraform ${args[0]} of stack ${this.#props.document.stack}`,
			through: args[0] === "apply" ? `${this.#held().planFile}.log` : undefined,
			...more,
			...defined({ onLine, within: args[0] === "plan" ? planTime : undefined }),
		};
		return whenStatesCanBeCreated(() => run(terraform.command, args, options));
	}

	/** A diagnostic with the object that it is about, and its construct. */
	locate(diagnostic: Diagnostic): LocatedDiagnostic {
		const address = addressOf(diagnostic);
		const path = address && this.pathOf(address);
		return { ...diagnostic, ...defined({ address, path }) };
	}

	/** Why a command has failed: what the backend or the engine has refused of the state, else what Terraform says. */
	async failure(command: string, { finished, diagnostics }: CommandResult): Promise<Error> {
		const refusal = await this.#held().state.refusal(finished.stdout + finished.stderr);
		if (refusal !== undefined) return refusal;
		const errors = diagnostics.filter(({ severity }) => severity === "error");
		return new TerraformError({
			stack: this.#props.document.stack,
			command,
			diagnostics: errors.map((error) => this.locate(error)),
			stderr: finished.stderr,
			stateLock: stateLock(this.#props.document, this.#held().folder),
		});
	}
}
