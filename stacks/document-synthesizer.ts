import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
	AnnotationMetadataEntryType,
	App,
	type IStackSynthesizer,
	type ISynthesisSession,
	type TerraformStack,
} from "cdktf";
import type { IConstruct } from "constructs";
import type { Json } from "../world/world.ts";

/** Where the engine keeps what a construct, such as an asset, writes beside the document. */
const customSynthesis = Symbol.for("cdktf/customSynthesis");
const annotationTypes = new Set<string>(Object.values(AnnotationMetadataEntryType));

/**
 * Writes a stack whose document is final, with the same bytes as the engine, which a test checks. The engine would apply
 * all aspects once more first, and walk the tree three times. It still writes what is not plain: stacks with annotations
 * or assets, and HCL.
 */
export class DocumentSynthesizer implements IStackSynthesizer {
	readonly #stack: TerraformStack;
	readonly #engine: IStackSynthesizer;

	/** @param engine the synthesizer that the engine gave to the stack */
	constructor(stack: TerraformStack, engine: IStackSynthesizer) {
		this.#stack = stack;
		this.#engine = engine;
	}

	synthesize(session: ISynthesisSession): void {
		if (App.of(this.#stack).hclOutput || !everyBelow(this.#stack, isPlain)) {
			this.#engine.synthesize(session);
			return;
		}
		const { workingDirectory, synthesizedStackPath } = session.manifest.forStack(this.#stack);
		mkdirSync(join(session.outdir, workingDirectory), { recursive: true });
		writeFileSync(join(session.outdir, synthesizedStackPath), sortedJson(this.#stack.toTerraform(), "\n"));
	}
}

function everyBelow(construct: IConstruct, matches: (construct: IConstruct) => boolean): boolean {
	return matches(construct) && construct.node.children.every((child) => everyBelow(child, matches));
}

function isPlain(construct: IConstruct): boolean {
	return (
		!(customSynthesis in construct) && !construct.node.metadata.some(({ type }) => annotationTypes.has(type))
	);
}

/** JSON with sorted keys and two spaces of indentation. @param newline line break with the indentation so far */
function sortedJson(value: Json, newline: string): string {
	if (typeof value !== "object" || value === null) return JSON.stringify(value);
	const inner = `${newline}  `;
	if (Array.isArray(value))
		return value.length === 0
			? "[]"
			: `[${inner}${value.map((entry) => sortedJson(entry ?? null, inner)).join(`,${inner}`)}${newline}]`;
	let text = "";
	for (const key of Object.keys(value).sort()) {
		const entry = value[key];
		if (entry !== undefined)
			text += `${text === "" ? "" : ","}${inner}${JSON.stringify(key)}: ${sortedJson(entry, inner)}`;
	}
	return text === "" ? "{}" : `{${text}${newline}}`;
}
