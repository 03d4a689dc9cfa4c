import type { ArgumentChange } from "./plan/argument-changes.ts";

/**
 * How bad a finding is, the worst first. `danger`: something is lost, or becomes known, and nothing here can undo that. `failure`: the
 * apply stops, or never ends empty. `caution`: somebody notices. `notice`: worth knowing.
 */
export const risks = ["danger", "failure", "caution", "notice"] as const;

export type Risk = (typeof risks)[number];

/** Risks that stop a change until a person has accepted them. */
const blocking: ReadonlySet<Risk> = new Set(["danger", "failure"]);

/** Something that a change does, for the person who approves it. Holds no sensitive value. */
export interface ChangeFinding {
	/** Id of its class. */
	readonly class: string;
	readonly risk: Risk;
	readonly stack: string;
	/** Terraform address; empty when it is about the stack as a whole. */
	readonly address: string;
	/** Construct path; undefined when the code no longer declares the object. */
	readonly path: string | undefined;
	/** What happens, as a sentence without a full stop. */
	readonly message: string;
	readonly remedy: string;
	/** Whether the change must wait until a person has accepted it. */
	readonly blocks: boolean;
	/** Texts that differ, by name, where no change of the plan shows them. */
	readonly texts?: readonly ArgumentChange[];
}

export function blocks(risk: Risk): boolean {
	return blocking.has(risk);
}

/** Sorts by risk, the worst first; findings of one risk stay in their order. */
export function byRisk(findings: readonly ChangeFinding[]): ChangeFinding[] {
	return risks.flatMap((risk) => findings.filter((finding) => finding.risk === risk));
}
