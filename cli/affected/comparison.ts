import type { Beside, Json } from "../../world/world.ts";
import { normalParts, type Part } from "./normal-form.ts";
import type { RenderedStack, Renderings } from "./renderings.ts";

/** A part of a stack, or of what is rendered beside Terraform, that differs. */
export interface Difference {
	/** Terraform address, or the name of another part, such as `provider lock`. */
	readonly address: string;
	readonly path: string | undefined;
	/** Absent on the side that has no such part. */
	readonly before?: Json;
	readonly after?: Json;
}

export type Effect = "changed" | "new" | "removed";

/** A stack that a change affects. */
export interface AffectedStack {
	readonly stack: string;
	readonly effect: Effect;
	/** Every part for a new or removed stack. */
	readonly differences: readonly Difference[];
}

/** A stack, compared with what its base renders. Undefined when it is the same. */
export function compareStack(
	stack: string,
	before: RenderedStack | undefined,
	after: RenderedStack | undefined,
): AffectedStack | undefined {
	const differences = compareParts(
		before === undefined ? new Map() : normalParts(before),
		after === undefined ? new Map() : normalParts(after),
	);
	if (before !== undefined && after !== undefined)
		return differences.length === 0 ? undefined : { stack, effect: "changed", differences };
	return { stack, effect: before === undefined ? "new" : "removed", differences };
}

function compareParts(before: ReadonlyMap<string, Part>, after: ReadonlyMap<string, Part>): Difference[] {
	return [...new Set([...before.keys(), ...after.keys()])].flatMap((address) => {
		const [one, other] = [before.get(address), after.get(address)];
		if (JSON.stringify(one?.value) === JSON.stringify(other?.value)) return [];
		return [
			{
				address,
				path: other?.path ?? one?.path,
				...(one === undefined ? {} : { before: one.value }),
				...(other === undefined ? {} : { after: other.value }),
			},
		];
	});
}

/** A part beside Terraform that a change affects. */
export interface AffectedPart {
	/** Key of `besideParts`, or what the base alone knows. */
	readonly part: string;
	readonly differences: readonly Difference[];
}

/** What is rendered beside Terraform, compared; undefined when the base cannot tell. */
export function compareBeside(
	before: Renderings["beside"],
	after: Renderings["beside"],
): readonly AffectedPart[] | undefined {
	if (before === undefined || after === undefined) return undefined;
	return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((part) => {
		const differences = compareParts(textParts(before[part]), textParts(after[part]));
		return differences.length === 0 ? [] : [{ part, differences }];
	});
}

/** Parts that differ, as they are after; none when the base cannot tell. */
export function changedParts(before: Beside | undefined, after: Beside): Beside {
	const changed = (compareBeside(before, after) ?? []).map(({ part }) => [part, after[part] ?? {}]);
	return Object.fromEntries(changed);
}

function textParts(texts: Readonly<Record<string, string>> = {}): ReadonlyMap<string, Part> {
	return new Map(Object.entries(texts).map(([name, value]) => [name, { path: undefined, value }]));
}
