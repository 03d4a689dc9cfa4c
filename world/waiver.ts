import type { IConstruct } from "constructs";
import { VisibleError } from "../config/schema/visible-error.ts";

/** Permission to break one rule in one part of the tree. */
export interface Waiver {
	/** Construct path; the waiver holds there and below. */
	readonly path: string;
	readonly rule: string;
	readonly justification: string;
}

const metadataType = "infra.waiver";
const shortestJustification = 15;

/**
 * Lets a construct, and everything below it, break a rule. Waivers are printed with every synthesis, and one that
 * no longer suppresses anything is an error.
 *
 * @param rule id of the rule; one that does not exist is a finding
 * @param justification why the rule's damage cannot happen here, for the reviewer; at least 15 characters
 * @throws when the justification says nothing, or the construct is the whole app
 */
export function waive(construct: IConstruct, rule: string, justification: string): void {
	const { path } = construct.node;
	if (path === "")
		throw new VisibleError(`waiver of ${rule}: the whole app is too much, waive it on one construct`);
	if (justification.trim().length < shortestJustification)
		throw new VisibleError(
			`waiver of ${rule} on ${path}: expected a justification of at least ${shortestJustification} characters, got "${justification}"`,
		);
	construct.node.addMetadata(metadataType, { path, rule, justification } satisfies Waiver);
}

/** All waivers of a tree, the innermost first: that is the order in which they apply. */
export function waiversBelow(root: IConstruct): readonly Waiver[] {
	return root.node
		.findAll()
		.flatMap(({ node }) => node.metadata)
		.flatMap(({ type, data }) => (type === metadataType ? [data as Waiver] : []))
		.sort((one, other) => other.path.length - one.path.length);
}

/** Whether a waiver covers a construct path. */
export function covers(waiver: Waiver, path: string): boolean {
	return path === waiver.path || path.startsWith(`${waiver.path}/`);
}
