import { isDeepStrictEqual } from "node:util";
import { diffArrays } from "diff";
import type { ValueChange } from "./plan-json.ts";
import { markOf, sensitiveMark, withoutSensitive } from "./sensitive.ts";

/**
 * Most additions and removals by which two lists or texts are compared. Time grows with their square: beyond, what lies
 * between their ends counts as replaced, whoever wrote it and however long it is.
 */
export const mostEdits = 1000;

/** A value of a plan. */
export type Value = { readonly shown: unknown } | "sensitive" | "unknown" | "absent";

/** One argument that differs. */
export interface ArgumentChange {
	/** Such as `spec[0].selector["app.kubernetes.io/name"]`; empty for a value as a whole. */
	readonly path: string;
	readonly before: Value;
	readonly after: Value;
}

/** One side of a change, with its marks for sensitive and unknown values. */
interface Side {
	readonly value: unknown;
	readonly sensitive: unknown;
	readonly unknown: unknown;
	/** Whether its parent is absent on this side. */
	readonly orphan: boolean;
}

const nothing: Side = { value: undefined, sensitive: undefined, unknown: undefined, orphan: true };

/**
 * Arguments that differ between the two sides of a change. A value that is sensitive on either side is shown on
 * neither; empty arguments of created and deleted objects are left out.
 *
 * @param hidden sensitive texts, which are masked wherever they occur
 */
export function argumentChanges(change: ValueChange, hidden: readonly string[] = []): ArgumentChange[] {
	const { before, after, before_sensitive, after_sensitive, after_unknown } = change;
	const differences = compare(
		"",
		{ value: before, sensitive: before_sensitive, unknown: undefined, orphan: false },
		{ value: after, sensitive: after_sensitive, unknown: after_unknown, orphan: false },
	);
	return [...differences].map(({ path, sides: [one, other] }) => {
		const sensitive = one.sensitive === true || other.sensitive === true;
		return { path, before: told(one, sensitive, hidden), after: told(other, sensitive, hidden) };
	});
}

interface Difference {
	readonly path: string;
	readonly sides: readonly [before: Side, after: Side];
}

function* compare(path: string, before: Side, after: Side): Iterable<Difference> {
	if (isEmpty(before) && isEmpty(after) && (before.orphan || after.orphan)) return;
	const sensitive = before.sensitive === true || after.sensitive === true;
	const [one, other] = [before.value, after.value];
	if (!sensitive && after.unknown !== true) {
		if (
			Array.isArray(one ?? []) &&
			Array.isArray(other ?? []) &&
			(Array.isArray(one) || Array.isArray(other))
		) {
			yield* compareLists(path, before, after);
			return;
		}
		if (isMap(one ?? {}) && isMap(other ?? {}) && (isMap(one) || isMap(other))) {
			const keys = new Set([before, after].flatMap(keysOf));
			for (const key of keys) yield* compare(join(path, key), below(before, key), below(after, key));
			return;
		}
	}
	if (after.unknown !== true && isDeepStrictEqual(one, other)) return;
	yield { path, sides: [before, after] };
}

/** Elements on both sides count as unchanged wherever they stand; the others are compared in order. */
function* compareLists(path: string, before: Side, after: Side): Iterable<Difference> {
	const [one, other] = [before, after].map(elementsOf) as [Side[], Side[]];
	let [left, right] = [0, 0];
	let [removed, removedAt]: [Side[], number] = [[], 0];
	const same = (a: Side, b: Side) => b.unknown === undefined && isDeepStrictEqual(a.value, b.value);
	const parts = diffArrays(one, other, { comparator: same, maxEditLength: mostEdits }) ?? [
		{ value: one, removed: true, added: false, count: one.length },
		{ value: other, removed: false, added: true, count: other.length },
	];
	for (const part of parts) {
		const { length } = part.value;
		if (part.removed) {
			[removed, removedAt] = [one.slice(left, left + length), left];
			left += length;
			continue;
		}
		const added = part.added ? other.slice(right, right + length) : [];
		yield* pairwise(path, { removed, removedAt, added, addedAt: right });
		removed = [];
		if (!part.added) left += length;
		right += length;
	}
	yield* pairwise(path, { removed, removedAt, added: [], addedAt: right });
}

function* pairwise(
	path: string,
	part: { removed: readonly Side[]; removedAt: number; added: readonly Side[]; addedAt: number },
): Iterable<Difference> {
	const { removed, removedAt, added, addedAt } = part;
	for (let index = 0; index < Math.max(removed.length, added.length); index += 1) {
		const place = index + (index < added.length ? addedAt : removedAt);
		yield* compare(`${path}[${place}]`, removed[index] ?? nothing, added[index] ?? nothing);
	}
}

function told(
	{ value, sensitive: mark, unknown }: Side,
	sensitive: boolean,
	hidden: readonly string[],
): Value {
	if (unknown === true) return "unknown";
	if (value === undefined || value === null) return "absent";
	if (sensitive) return "sensitive";
	const shown = withoutSensitive(value, mark, hidden);
	return shown === sensitiveMark && value !== sensitiveMark ? "sensitive" : { shown };
}

function isMap(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Absent, or an empty list, map or text, and known to be. */
function isEmpty({ value, unknown }: Side): boolean {
	if (Array.isArray(value)) return value.length === 0 && !hasMark(unknown);
	if (isMap(value)) return Object.keys(value).length === 0 && !hasMark(unknown);
	return (value === undefined || value === null || value === "") && !hasMark(unknown);
}

function hasMark(mark: unknown): boolean {
	if (typeof mark === "object" && mark !== null) return Object.values(mark).some(hasMark);
	return mark === true;
}

/** Keys of the value, unknown ones included. */
function keysOf({ value, unknown }: Side): string[] {
	return [
		...Object.keys(value ?? {}),
		...(isMap(unknown) ? Object.keys(unknown).filter((key) => hasMark(unknown[key])) : []),
	];
}

function below({ value, sensitive, unknown }: Side, key: string | number): Side {
	const orphan = value === undefined || value === null;
	return {
		value: typeof value === "object" ? markOf(value, key) : undefined,
		sensitive: markOf(sensitive, key),
		unknown: markOf(unknown, key),
		orphan,
	};
}

function elementsOf(side: Side): Side[] {
	const { value, unknown } = side;
	const length = Math.max(
		Array.isArray(value) ? value.length : 0,
		Array.isArray(unknown) ? unknown.length : 0,
	);
	return Array.from({ length }, (_, index) => {
		const element = below(side, index);
		return hasMark(element.unknown) ? element : { ...element, unknown: undefined };
	});
}

/** `spec[0]` and `app.io/name` -> `spec[0]["app.io/name"]` */
function join(path: string, key: string): string {
	if (!/^[A-Za-z_][\w-]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
	return path === "" ? key : `${path}.${key}`;
}
