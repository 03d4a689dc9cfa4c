import { stateSectionOf } from "../../stacks/state-section.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import type { Json, StackDocument } from "../../world/world.ts";
import type { StackGraph } from "../graph/stack-graph.ts";

/** A stack that another engine can run. */
export interface HandedStack {
	readonly name: string;
	/** Folder of its document, relative to the repository. */
	readonly folder: string;
	/** Handed stacks that must be applied before. */
	readonly dependsOn: readonly string[];
	/** How many handed stacks are before it on the longest way: 0 for the first. */
	readonly depth: number;
	/** Where its document keeps the state: name of the backend, and its settings. */
	readonly backend: { readonly type: string; readonly settings: Readonly<Record<string, Json | undefined>> };
}

/** What another engine is told of a site's stacks. */
export interface Handover {
	/** In the order in which they are applied. */
	readonly stacks: readonly HandedStack[];
	/** Stacks that only this command can run. */
	readonly kept: readonly { readonly stack: string; readonly reason: string }[];
}

/**
 * Sorts the stacks of a graph into those that another engine can run and those that it cannot. A stack behind one that
 * is kept depends on what that one depends on.
 *
 * @param output folder of the site's output, relative to the repository
 * @throws UsageError when no stack can be handed over
 */
export function handoverOf(
	graph: Pick<StackGraph, "stacks" | "edges">,
	documents: readonly Pick<StackDocument, "stack" | "json">[],
	output: string,
): Handover {
	const byName = new Map(documents.map((document) => [document.stack, document]));
	const kept = graph.stacks.flatMap((stack) => {
		const reason = reasonToKeep(byName.get(stack));
		return reason === undefined ? [] : [{ stack, reason }];
	});
	const isKept = new Set(kept.map(({ stack }) => stack));
	const before = (name: string): string[] => {
		const direct = graph.edges.filter(({ kind, to }) => kind === "before" && to === name);
		return [...new Set(direct.flatMap(({ from }) => (isKept.has(from) ? before(from) : [from])))];
	};
	const depth = (name: string): number => Math.max(-1, ...before(name).map(depth)) + 1;
	const stacks = graph.stacks
		.filter((name) => !isKept.has(name))
		.map((name) => ({
			name,
			folder: `${output}/stacks/${name}`,
			dependsOn: before(name),
			depth: depth(name),
			backend: backendOf(byName.get(name)),
		}));
	if (stacks.length === 0)
		throw new UsageError(
			`no stack can be handed over:\n${kept.map(({ stack, reason }) => `  ${stack}: ${reason}`).join("\n")}`,
			"infra deploy",
		);
	return { stacks, kept };
}

/** What is to be known beside a document of an engine: which stacks are not in it, and why. */
export function keptLines({ kept }: Handover): string[] {
	return kept.map(({ stack, reason }) => `${stack} is left out: ${reason}. Run infra deploy ${stack} first.`);
}

function reasonToKeep(document: Pick<StackDocument, "json"> | undefined): string | undefined {
	return document !== undefined && stateSectionOf(document)?.encryption !== undefined
		? "its state is kept encrypted, and only infra opens it"
		: undefined;
}

function backendOf(document: Pick<StackDocument, "json"> | undefined): HandedStack["backend"] {
	const { backend } = (document?.json.terraform ?? {}) as { backend?: Record<string, Json> };
	const [[type, settings] = []] = Object.entries(backend ?? {});
	if (type === undefined) throw new Error("a stack's document has no backend");
	return { type, settings: settings as HandedStack["backend"]["settings"] };
}
