import { rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Run } from "../clients/host/run.ts";
import { rotatedPasswordPath, rotatedStateUser } from "../clients/vault/rotated-password.ts";
import { VisibleError } from "../config/schema/visible-error.ts";
import type { TerraformPlan } from "../review/plan/plan-json.ts";
import type { Diagnostic, TerraformEvent } from "../terminal/diagnostic.ts";
import { foreignText } from "../terminal/foreign-text.ts";
import { print } from "../terminal/output.ts";
import { type LocatedDiagnostic, TerraformError } from "../terminal/terraform-error.ts";
import { UsageError } from "../terminal/usage-error.ts";
import type { StackDocument, World } from "../world/world.ts";
import { BegunCreations } from "./begun-creations.ts";
import { isOpenTofu } from "./binary.ts";
import { requireDatabasePassword } from "./database-password.ts";
import { pluginCache } from "./environment.ts";
import { digestOf } from "./file-identity.ts";
import { claimName, type HeldStack, holdStack } from "./held-stack.ts";
import { type Initialisation, initialise } from "./initialise.ts";
import { needsProvidersOfState, withLockedProvidersOfState } from "./locked-providers-of-state.ts";
import type { Planned } from "./plan/planned.ts";
import { isSilent } from "./plan/silent-events.ts";
import { providerUnavailable } from "./provider-unavailable.ts";
import { type StateCopy, withCopiedState } from "./state-copy.ts";
import { requireOwnState, siteOfPlan, siteOfState } from "./state-file.ts";
import { TerraformRuns } from "./terraform-runs.ts";
import { withoutWaiting } from "./unawaited.ts";
import type { WorkingDirectoryProps } from "./working-directory-props.ts";

export interface ImportBlock {
	readonly address: string;
	/** What the importer of its type takes. */
	readonly id: string;
}

/**
 * One synthesised stack, on which Terraform runs. Every method throws TerraformError on failure, and works only while
 * the stack is held.
 *
 * Each run has a folder of its own with the document that was checked and the plan, as deep below the output as the
 * stack's folder is, since documents name files relative to that. So nobody who synthesises meanwhile changes anything
 * for it. What an init has installed stays in a data folder of the stack.
 */
export class WorkingDirectory {
	readonly document: StackDocument;
	readonly world: World;
	readonly before: World | undefined;
	readonly begun: BegunCreations;
	readonly #props: WorkingDirectoryProps;
	readonly #data: string;
	readonly #runs: TerraformRuns;
	#holding: HeldStack | undefined;
	/** Digest of the plan that was shown to the user. */
	#shown: string | undefined;

	constructor(props: WorkingDirectoryProps) {
		this.#props = props;
		this.document = props.document;
		this.world = props.world;
		this.before = props.before;
		this.#data = resolve(props.output, "data", claimName(props));
		this.begun = new BegunCreations(join(this.#data, "begun-creations"));
		this.#runs = new TerraformRuns(props, this.#data, () => this.#held);
	}

	/** The same folder with another environment, for a login that did not exist before. */
	withEnvironment(env: NodeJS.ProcessEnv): WorkingDirectory {
		return new WorkingDirectory({ ...this.#props, env });
	}

	/** The same stack on a copy of its state: nothing that is done there reaches the state itself. */
	onCopy(copy: StateCopy): WorkingDirectory {
		const { document } = this.#props;
		return new WorkingDirectory({ ...this.#props, document: withCopiedState(document), copy });
	}

	/** The same stack, whose apply does not wait until its workloads run. */
	unawaited(): WorkingDirectory {
		return new WorkingDirectory({ ...this.#props, document: withoutWaiting(this.document) });
	}

	/**
	 * The same folder for some of its objects, and what those depend on: whatever else the state has is neither asked for
	 * nor changed.
	 */
	only(addresses: readonly string[]): WorkingDirectory {
		return new WorkingDirectory({ ...this.#props, targets: addresses });
	}

	/**
	 * Locks the stack for this process while a task runs.
	 *
	 * @throws UsageError when another process holds it, naming that process
	 */
	async held<T>(task: () => Promise<T>): Promise<T> {
		const held = await holdStack(this.#props);
		this.#holding = held;
		try {
			return await task();
		} finally {
			this.#holding = undefined;
			this.#shown = undefined;
			this.#runs.again = undefined;
			await held.release();
		}
	}

	/**
	 * Installs the providers and configures the backend, unless an earlier run has done just that. State is never
	 * migrated between backends: a new backend means another site, which has a state of its own.
	 */
	async init({ backend }: { readonly backend: boolean }): Promise<void> {
		const { terraform, site, env } = this.#props;
		if (backend) {
			const owner = rotatedStateUser(this.world.site);
			const rotatedAt = owner && rotatedPasswordPath(this.world.site, owner);
			requireDatabasePassword(this.document, env, { rotatedAt });
			await this.#held.state.begin();
		}
		const args = backend ? ["-reconfigure"] : ["-backend=false"];
		// A pipeline may use only the committed lock; on an operator's machine Terraform may add checksums of what it
		// installed.
		const readOnly = env.CI && !isOpenTofu(terraform) ? ["-lockfile=readonly"] : [];
		const { folder } = this.#held;
		const init = async () => {
			let result = await this.#runs.events("init", [...args, ...readOnly]);
			if (readOnly.length > 0 && needsProvidersOfState(result.diagnostics))
				result = await withLockedProvidersOfState(folder, () => this.#runs.events("init", args));
			if (result.finished.code !== 0)
				throw (
					providerUnavailable(this.document, result.diagnostics) ?? (await this.#runs.failure("init", result))
				);
		};
		const input = {
			document: this.document,
			terraform,
			site,
			data: this.#data,
			args: [...args, ...readOnly],
		};
		const wanted: Initialisation = { input, folder, cache: pluginCache(env), init };
		if (await initialise(wanted))
			this.#runs.again = async () => void (await initialise({ ...wanted, again: true }));
	}

	/**
	 * Makes a plan and saves it, readable by this user only.
	 *
	 * @param imports objects that are there, and that it takes into the state by the ids that their importers take
	 * @throws UsageError when it fails or is to destroy, and the state belongs to another site
	 */
	async plan({
		destroy,
		imports = [],
	}: {
		readonly destroy: boolean;
		readonly imports?: readonly ImportBlock[];
	}): Promise<Planned> {
		// A plan to destroy does not tell whose state it was.
		if (destroy) await this.state();
		// Terraform keeps the mode of an existing file, and would otherwise create one that every user can read.
		const file = this.#planFile;
		writeFileSync(file, "", { mode: 0o600 });
		this.#writeImports(imports);
		let silent = true;
		const targets = (this.#props.targets ?? []).map((address) => `-target=${address}`);
		const args = [`-out=${file}`, "-detailed-exitcode", ...(destroy ? ["-destroy"] : []), ...targets];
		const result = await this.#runs.events("plan", args, (event) => {
			silent &&= isSilent(event);
		});
		const { code } = result.finished;
		if (code !== 0 && code !== 2) {
			await this.#explainByOwner();
			throw await this.#runs.failure("plan", result);
		}
		if (this.#props.verbose)
			print(foreignText((await this.#runs.run(["show", "-no-color", file])).stdout, "\n\t"));
		const warnings = result.diagnostics.map((diagnostic) => this.#runs.locate(diagnostic));
		return { changes: code === 2, empty: code === 0 && silent, warnings };
	}

	#writeImports(imports: readonly ImportBlock[]): void {
		const file = join(this.#held.folder, "imports.tf.json");
		if (imports.length === 0) rmSync(file, { force: true });
		else
			writeFileSync(
				file,
				JSON.stringify({ import: imports.map(({ address, id }) => ({ to: address, id })) }),
			);
	}

	/**
	 * The saved plan as JSON. It may hold sensitive values: use it in memory only.
	 *
	 * @throws UsageError when it was made from a state of another site
	 */
	async show(): Promise<TerraformPlan> {
		this.#shown = digestOf(this.#planFile);
		const plan: TerraformPlan = JSON.parse(await this.#runs.must("show", "-json", this.#planFile));
		this.#requireOwn(siteOfPlan(plan));
		return plan;
	}

	/** Applies the saved plan. @throws UsageError when it is not the one that was shown */
	async apply(onEvent: (event: TerraformEvent) => void): Promise<void> {
		if (digestOf(this.#planFile) !== this.#shown)
			throw new UsageError(
				`stack ${this.document.stack}: the saved plan is not the one that was shown, nothing was applied`,
				"run the command again",
			);
		const act = { what: "apply", plan: this.#shown };
		await this.recorded(act, async () => {
			const result = await this.#runs.events("apply", [this.#planFile], onEvent);
			if (result.finished.code !== 0) throw await this.#runs.failure("apply", result);
		});
	}

	/** Does something to the state, with a line in the journal before and one after. */
	recorded(
		act: { readonly what: string; readonly plan?: string; readonly note?: string },
		task: () => Promise<void>,
	): Promise<void> {
		return this.#held.state.recorded(act, () => this.state(), task);
	}

	/** Validates the configuration with Terraform and the providers. */
	async validate(): Promise<LocatedDiagnostic[]> {
		const finished = await this.#runs.run(["validate", "-json"]);
		const event = JSON.parse(finished.stdout || "{}") as { diagnostics?: Diagnostic[] };
		const { diagnostics } = event;
		if (diagnostics === undefined) throw await this.#runs.failure("validate", { finished, diagnostics: [] });
		return diagnostics.map((diagnostic) => this.#runs.locate(diagnostic));
	}

	/**
	 * The state as text, empty when there is none yet. It may hold sensitive values.
	 *
	 * @throws UsageError when it belongs to another site
	 */
	async state(): Promise<string> {
		const text = (await this.#runs.must("state pull")).trim();
		this.#requireOwn(siteOfState(text));
		return text;
	}

	/** Logins to what its providers talk to. */
	get env(): NodeJS.ProcessEnv {
		return this.#props.env;
	}

	/** Construct path of an address of this stack. */
	pathOf(address: string): string | undefined {
		return this.#runs.pathOf(address);
	}

	get #planFile(): string {
		return this.#held.planFile;
	}

	get #held(): HeldStack {
		if (this.#holding === undefined) throw new VisibleError(`stack ${this.document.stack} is not held`);
		return this.#holding;
	}

	/** @param owner site of a state; undefined when it is empty */
	#requireOwn(owner: string | undefined): void {
		const { site, stateTier } = this.#props;
		requireOwnState(this.document.stack, site, { owner, stateTier });
	}

	/** A command that failed may have worked on the state of another site: that explains more. */
	async #explainByOwner(): Promise<void> {
		try {
			await this.state();
		} catch (error) {
			if (!(error instanceof TerraformError)) throw error;
		}
	}

	/** Runs a command of Terraform that must succeed. @returns its standard output */
	must(command: string, ...given: readonly (string | Pick<Run, "input">)[]): Promise<string> {
		return this.#runs.must(command, ...given);
	}
}
