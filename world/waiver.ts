import type { IConstruct } from "constructs";
import { VisibleError } from "../config/schema/visible-error.ts";

/** An exception from one rule for one part of the construct tree. */
export interface Waiver {
	/** Construct path; the waiver holds there and below. */
	readonly path: string;
	readonly rule: string;
	readonly justification: string;
}

const metadataType = "infra.waiver";
const releaseType = "infra.waiver-of-release";
const shortestJustification = 15;

/**
 * Exempts a construct and everything below it from a rule. Waivers are printed at every synthesis, and one that
 * suppresses no finding is an error.
 *
 * @param rule id of the rule; an unknown one is a finding
 * @param justification why the damage that the rule prevents cannot happen here, for the reviewer; at least 15
 * characters
 * @throws when the justification is too short, or the construct is the whole app
 */
export function waive(construct: IConstruct, rule: string, justification: string): void {
	const { path } = construct.node;
	if (path === "")
		throw new VisibleError(`waiver of ${rule}: the whole app is too much, waive it on one construct`);
	construct.node.addMetadata(metadataType, justified({ path, rule, justification }));
}

/**
 * Exempts an object that the chart of a release makes. It is judged only where the chart is there to be rendered.
 *
 * @param object its path below the release, such as `DaemonSet/csi-nfs-node`
 * @throws when the justification is too short
 */
export function waiveInRelease(
	release: IConstruct,
	rule: string,
	object: string,
	justification: string,
): void {
	const path = `${release.node.path}/${object}`;
	release.node.addMetadata(releaseType, justified({ path, rule, justification }));
}

function justified({ path, rule, justification }: Waiver): Waiver {
	if (justification.trim().length < shortestJustification)
		throw new VisibleError(
			`waiver of ${rule} on ${path}: expected a justification of at least ${shortestJustification} characters, got "${justification}"`,
		);
	return { path, rule, justification };
}

/** All waivers of a tree, innermost first, which is the order of precedence. */
export const waiversBelow = (root: IConstruct) => waiversOf(root, metadataType);

/** Those of objects that charts make. */
export const releaseWaiversBelow = (root: IConstruct) => waiversOf(root, releaseType);

function waiversOf(root: IConstruct, wanted: string): readonly Waiver[] {
	return root.node
		.findAll()
		.flatMap(({ node }) => node.metadata)
		.flatMap(({ type, data }) => (type === wanted ? [data as Waiver] : []))
		.sort((one, other) => other.path.length - one.path.length);
}

/** Whether a waiver covers a construct path. */
export function covers(waiver: Waiver, path: string): boolean {
	return path === waiver.path || path.startsWith(`${waiver.path}/`);
}
