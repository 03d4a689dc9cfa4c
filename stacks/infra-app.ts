import { chmodSync, existsSync, mkdirSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { App } from "cdktf";
import cdktfSettings from "../cdktf.json" with { type: "json" };
import type { Registry } from "../config/registry/registry.ts";
import type { Site } from "../config/schema/site.ts";
import { provideRegistry } from "../constructs/registry.ts";
import { provideSite } from "../constructs/site.ts";
import { AppNotAllowed } from "../constructs/tenants/owner-app-problems.ts";
import { checkWorld } from "../rules/check-world.ts";
import { type Finding, PolicyError } from "../rules/finding.ts";
import type { StackDocument } from "../world/world.ts";
import { buildError } from "./build-error.ts";
import type { StackDeclaration } from "./declaration.ts";
import type { InfraStack } from "./infra-stack.ts";
import { writeLockFiles } from "./write-lock-files.ts";

export interface InfraAppProps {
	readonly site: Site;
	/** Its registry; stacks that need it fail without. */
	readonly registry?: Registry | undefined;
	/** Stacks to build, in the order in which they are applied. */
	readonly stacks: readonly StackDeclaration[];
	/** Folder that receives the output. @default `cdktf.out` */
	readonly outdir?: string;
}

/** A stack that is left out because the registry does not allow its app. */
export interface LeftOut {
	readonly stack: string;
	readonly reason: string;
}

/** All stacks of one site. Either all of them are valid and written, or none is. */
export class InfraApp extends App {
	readonly site: Site;
	readonly stacks: readonly InfraStack[];
	/** Stacks of apps whose owner, namespace or host the registry of this site lacks. */
	readonly leftOut: readonly LeftOut[];
	#checked:
		| { readonly documents: readonly StackDocument[]; readonly findings: readonly Finding[] }
		| undefined;

	constructor({ site, registry, stacks, outdir = "cdktf.out" }: InfraAppProps) {
		const existed = existsSync(outdir);
		// Every stack runs its validations in `synthesizeOnce`; the engine would run them two more times.
		super({ outdir, skipValidation: true, context: { targetVersions: cdktfSettings.targetVersions } });
		// The engine makes the folder in its constructor; here nothing is written before everything was checked.
		if (!existed) rmSync(outdir, { recursive: true });
		this.site = site;
		provideSite(this, site);
		if (registry !== undefined) provideRegistry(this, registry);
		const { built, leftOut } = this.#build(stacks);
		this.stacks = built;
		this.leftOut = leftOut;
		for (const [index, stack] of this.stacks.entries()) {
			const previous = this.stacks[index - 1];
			if (previous !== undefined) stack.addDependency(previous);
		}
	}

	/** @throws AppNotAllowed when the app's stack is the only one */
	#build(stacks: readonly StackDeclaration[]): { built: InfraStack[]; leftOut: LeftOut[] } {
		const built: InfraStack[] = [];
		const leftOut: LeftOut[] = [];
		for (const { name, build } of stacks)
			try {
				built.push(build(this));
			} catch (error) {
				if (!(error instanceof AppNotAllowed) || stacks.length === 1) throw buildError(this, name, error);
				this.node.tryRemoveChild(name);
				leftOut.push({ stack: name, reason: error.message });
			}
		return { built, leftOut };
	}

	/** Builds every document and reports all findings, warnings included, without writing anything. */
	check(): { readonly documents: readonly StackDocument[]; readonly findings: readonly Finding[] } {
		if (this.#checked === undefined) {
			const documents = this.stacks.map((stack) => stack.synthesizeOnce());
			const findings = [
				...this.leftOut.map(leftOutFinding),
				...checkWorld(this, { site: this.site, stacks: documents }),
			];
			this.#checked = { documents, findings };
		}
		return this.#checked;
	}

	/** Writes all stacks. @throws PolicyError, before anything is written, when a rule of severity error is broken */
	override synth(): void {
		const errors = this.check().findings.filter(({ severity }) => severity === "error");
		if (errors.length > 0) throw new PolicyError(errors);
		const folder = join(this.outdir, "stacks");
		mkdirSync(folder, { recursive: true });
		// Documents hold the addresses of people.
		chmodSync(folder, 0o700);
		super.synth();
		writeLockFiles(this.check().documents, folder);
		this.#removeStaleStacks();
	}

	/**
	 * Removes stacks that were written earlier and are no longer part of the world, so that they cannot be deployed.
	 * Nothing else is removed: the folder may be the user's, with other files.
	 */
	#removeStaleStacks(): void {
		const folder = join(this.outdir, "stacks");
		const current = new Set(this.stacks.map((stack) => stack.node.id));
		for (const name of readdirSync(folder)) {
			const stack = join(folder, name);
			if (current.has(name) || !existsSync(join(stack, "cdk.tf.json"))) continue;
			for (const written of ["cdk.tf.json", ".terraform", ".terraform.lock.hcl"])
				rmSync(join(stack, written), { recursive: true, force: true });
			if (readdirSync(stack).length === 0) rmdirSync(stack);
		}
	}
}

function leftOutFinding({ stack, reason }: LeftOut): Finding {
	return {
		rule: "app-allowed",
		severity: "warning",
		stack,
		path: stack,
		address: "",
		argument: "",
		message: `the stack is left out: ${reason}`,
		remedy:
			"Give the owner what the app needs (infra owners change), or take the stack out of the repository.",
	};
}
