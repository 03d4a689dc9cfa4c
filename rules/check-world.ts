import type { IConstruct } from "constructs";
import { covers, releaseWaiversBelow, type Waiver, waiversBelow } from "../world/waiver.ts";
import type { World } from "../world/world.ts";
import { rules as everyRule } from "./catalogue/index.ts";
import type { Finding } from "./finding.ts";
import type { Rule, Violation } from "./rule.ts";
import { checkLock } from "./schema/check-lock.ts";
import { checkSchema } from "./schema/check-schema.ts";

/** A waiver and what it suppresses. */
export interface AppliedWaiver extends Waiver {
	/** Number of findings that it suppresses. Absent for an object of a chart, which is in no document. */
	readonly findings?: number;
}

/** Findings on a world, and waivers that were applied. */
export interface Review {
	readonly findings: readonly Finding[];
	readonly waivers: readonly AppliedWaiver[];
}

/** Checks that cannot be waived. */
const unwaivable: readonly ((world: World) => Iterable<Finding>)[] = [
	(world) => checkSchema(world),
	(world) => checkLock(world),
];

/** Applies every rule and the provider schemas to a world; waivers are read from the constructs below `root`. */
export function checkWorld(root: IConstruct, world: World): Finding[] {
	return [...unwaivable.flatMap((check) => [...check(world)]), ...reviewWorld(root, world).findings];
}

/** The waivers of a world, for the operator's eyes. */
export function listWaivers(root: IConstruct, world: World): readonly AppliedWaiver[] {
	return [...reviewWorld(root, world).waivers, ...releaseWaiversBelow(root)];
}

/** Applies rules and waivers. A rule that throws gives a finding, and its waivers are not checked for use. */
export function reviewWorld(
	root: IConstruct,
	world: World,
	rules: readonly Rule[] = everyRule,
	waivers: readonly Waiver[] = waiversBelow(root),
): Review {
	const used = new Map<Waiver, number>(waivers.map((waiver) => [waiver, 0]));
	const failed = new Set<string>();
	const findings: Finding[] = [];
	for (const rule of rules)
		try {
			for (const violation of rule.check(world)) {
				const finding = findingOf(rule, violation);
				const waiver = waivers.find((waiver) => waiver.rule === rule.id && covers(waiver, finding.path));
				if (waiver === undefined) findings.push(finding);
				else used.set(waiver, (used.get(waiver) ?? 0) + 1);
			}
		} catch (error) {
			failed.add(rule.id);
			findings.push(ruleFailed(rule, error));
		}
	const known = new Set(rules.map(({ id }) => id));
	for (const [waiver, count] of used)
		if (!known.has(waiver.rule)) findings.push(waiverUnknown(waiver));
		else if (count === 0 && !failed.has(waiver.rule)) findings.push(waiverUnused(waiver));
	return { findings, waivers: [...used].map(([waiver, count]) => ({ ...waiver, findings: count })) };
}

function findingOf({ id, severity, remedy }: Rule, { subject, argument, message }: Violation): Finding {
	const place = "address" in subject ? subject : { path: subject.stack, address: "" };
	const { path, address } = place;
	return { rule: id, severity, stack: subject.stack, path, address, argument, message, remedy };
}

/** Has another id than the rule, so that a waiver cannot suppress a defect of the rule. */
function ruleFailed({ id }: Rule, error: unknown): Finding {
	return {
		rule: "rule-failed",
		severity: "error",
		stack: "",
		path: "",
		address: "",
		argument: "",
		message: `rule ${id} failed: ${error instanceof Error ? error.message : String(error)}`,
		remedy: `Correct rules/catalogue/${id}.ts: a rule must not throw on any well-formed document.`,
	};
}

function waiverUnused(waiver: Waiver): Finding {
	const { path, rule } = waiver;
	return {
		...aboutWaiver(waiver),
		rule: "waiver-unused",
		message: `the waiver of ${rule} on ${path} suppresses nothing`,
		remedy: `Delete the call of waive() for ${rule} on ${path}.`,
	};
}

function waiverUnknown(waiver: Waiver): Finding {
	const { path, rule } = waiver;
	return {
		...aboutWaiver(waiver),
		rule: "waiver-unknown",
		message: `the waiver on ${path} names a rule that does not exist: ${rule}`,
		remedy: "Give waive() an id that `infra rules` lists; what a provider refuses cannot be waived.",
	};
}

const aboutWaiver = ({ path }: Waiver) =>
	({ severity: "error", stack: path.split("/")[0] ?? "", path, address: "", argument: "" }) as const;
