import { VisibleError } from "../../config/schema/visible-error.ts";
import { lookUpImportId } from "../../engine/live/look-up-import-id.ts";
import { planStack, type StackPlan } from "../../engine/plan/plan-stack.ts";
import { parseState, renderState, type StateDocument } from "../../engine/state/rewrite/state-document.ts";
import { siteOfState } from "../../engine/state-file.ts";
import type { WorkingDirectory } from "../../engine/working-directory.ts";
import { printProgress } from "../../terminal/output.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { argumentReader, importIdOf } from "../../world/import-ids.ts";
import { references } from "../../world/references.ts";
import type { MapEntry } from "./map-file.ts";
import { asDeclared, type NextStates, nextStates } from "./next-states.ts";
import { ownState } from "./own-state.ts";
import { isIn } from "./secrets.ts";
import type { Source } from "./source.ts";
import { refusals } from "./verdict.ts";

export interface Preparation {
	/** Held by the caller. */
	readonly stack: WorkingDirectory;
	readonly entries: readonly MapEntry[];
	/** What no stack takes. */
	readonly left: readonly MapEntry[];
	readonly sources: readonly Source[];
	/** Host of the registry that the engine's states name. */
	readonly registry: string;
}

/** An adoption that was planned on copies. */
export interface Prepared {
	readonly next: NextStates;
	/** The state that the stack gets, imports included. */
	readonly target: string;
	/** Its state as it is; empty when there is none. */
	readonly before: string;
	/** Those of the sources as they are, by name. */
	readonly sourcesBefore: ReadonlyMap<string, string>;
	readonly plan: StackPlan;
	/** Why it cannot be carried out. */
	readonly refused: readonly string[];
	/** Whether there is anything to write. */
	readonly changes: boolean;
}

/** Makes the states that an adoption would leave, as copies, and plans the code on them. Nothing is written. */
export async function prepare(input: Preparation): Promise<Prepared> {
	const { stack, entries, left, sources, registry } = input;
	const site = stack.world.site.name;
	await stack.init({ backend: true });
	const before = await ownState(stack);
	const sourcesBefore = new Map<string, string>();
	for (const source of sources) sourcesBefore.set(source.name, await readOwn(source, site));
	const next = nextStates({
		site,
		document: stack.document,
		registry,
		target: before === "" ? undefined : parseState(before),
		sources: new Map([...sourcesBefore].map(([name, text]) => [name, parseState(text)])),
		entries,
	});
	const copy = { text: renderState(next.target) };
	const onCopy = stack.onCopy(copy);
	const plan = await onCopy.held(async () => {
		await onCopy.init({ backend: true });
		for (const [index, entry] of next.imports.entries()) {
			printProgress(`  import ${index + 1} of ${next.imports.length}: ${entry.to}`);
			await onCopy.must("import", "-input=false", "-no-color", entry.to ?? "", await importId(stack, entry));
		}
		copy.text = renderState(cleaned(parseState(copy.text), next.target, input));
		requireNoSecret(copy.text, next, JSON.stringify(stack.document.json));
		return planStack(onCopy);
	});
	const changes = next.moved.length + next.inBoth.length + next.imports.length > 0;
	return { next, target: copy.text, before, sourcesBefore, plan, changes, refused: refusals(plan, left) };
}

/** Imports count versions, and bring what the code does not declare: secrets. */
function cleaned(state: StateDocument, { serial }: StateDocument, { stack, registry, entries }: Preparation) {
	return { ...asDeclared(state, { document: stack.document, registry, entries }), serial };
}

async function readOwn(source: Source, site: string): Promise<string> {
	const text = await source.read();
	const owner = siteOfState(text);
	if (owner !== undefined && owner !== site)
		throw new UsageError(`${source.name} belongs to site ${owner}, and this is site ${site}`);
	return text;
}

async function importId(
	{ document, world, env }: WorkingDirectory,
	{ id, to = "" }: MapEntry,
): Promise<string> {
	if (id !== undefined) return id;
	const resource = document.resources.find(({ address }) => address === to);
	if (resource === undefined) throw new VisibleError(`${to} is not declared by stack ${document.stack}`);
	const { literalOf } = references(world);
	const read = argumentReader(resource.arguments, (value) => literalOf(document.stack, value));
	const found = importIdOf(resource.type, read);
	if ("none" in found) throw new VisibleError(`${to} cannot be imported: ${found.none}`);
	return "id" in found ? found.id : lookUpImportId(world.site, found.lookUp, env);
}

/** What the code itself has in the clear is no secret. */
function requireNoSecret(target: string, { secrets }: NextStates, code: string): void {
	for (const [address, of] of secrets) {
		const found = of.find((secret) => isIn(target, secret) && !isIn(code, secret));
		if (found !== undefined)
			throw new VisibleError(
				`the value of ${found.path} of ${address} was a secret in the older state, and would be in the clear in the new one, where an argument that is no secret has it: change it first`,
			);
	}
}
