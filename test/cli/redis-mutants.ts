/** A program that differs from another in one place. */
export interface Mutant {
	/** Line and change, such as `49: members >= majority -> members > majority`. */
	readonly name: string;
	readonly text: string;
}

/** Comparisons and links, and what each becomes. */
const swapped: readonly (readonly [RegExp, string])[] = [
	[/ >= /g, " > "],
	[/ > /g, " >= "],
	[/ > /g, " < "],
	[/ == /g, " != "],
	[/ != /g, " == "],
	[/ && /g, " || "],
	[/ \|\| /g, " && "],
	[/ \+ 1\b/g, ""],
	[/(?<!for \(i) = 1\b/g, " = 0"],
	[/\bi = 1; i <= count; i\+\+/g, "i = count; i >= 1; i--"],
	[/\bi = count; i >= 1; i--/g, "i = 1; i <= count; i++"],
];

/**
 * Every way to break one rule of an awk program: a condition that is always or never met, one that lost a part, another
 * comparison, a statement that is left out, and a reason to wait that is another decision.
 */
export function mutantsOf(program: string): readonly Mutant[] {
	const lines = program.split("\n");
	const mutants = new Map<string, Mutant>();
	for (const [index, line] of lines.entries()) {
		if (/^\s*(#|\}?$)/.test(line) || /^(function \w+\([^)]*\) \{|END \{)$/.test(line)) continue;
		for (const [from, to] of changesOf(line)) {
			const text = lines.with(index, to).join("\n");
			mutants.set(text, { name: `${index + 1}: ${from.trim()} -> ${to.trim()}`, text });
		}
	}
	return [...mutants.values()];
}

function* changesOf(line: string): Generator<readonly [from: string, to: string]> {
	for (const [start, end] of conditionsOf(line)) {
		const [before, condition, after] = [line.slice(0, start), line.slice(start, end), line.slice(end)];
		for (const other of ["1", "0", ...without(condition)]) yield [line, before + other + after];
	}
	for (const [pattern, other] of swapped) {
		// The order in which something is counted does not matter.
		if (pattern.source.includes("count") && /\) \w+\+\+$/.test(line)) continue;
		for (const { index, 0: found } of line.matchAll(pattern))
			yield [line, line.slice(0, index) + other + line.slice(index + found.length)];
	}
	for (const statement of line.matchAll(
		/(?<=[{;\t] ?)(?:\w+(?:\[\w+\])?(?:\+\+| = [^;}]+)|return)(?=[;}]| }|$)/g,
	))
		if (!line.includes("for ("))
			yield [line, line.slice(0, statement.index) + line.slice(statement.index + statement[0].length)];
}

/** Places of conditions: of `if`, of `? :`, and of what a function answers. */
function* conditionsOf(line: string): Generator<readonly [start: number, end: number]> {
	for (const { index } of line.matchAll(/\bif \(/g)) {
		const start = index + "if (".length;
		yield [start, closing(line, start)];
	}
	for (const { index, 0: text } of line.matchAll(/(?<=return |print )[^;?]+(?= \? )/g))
		yield [index, index + text.length];
	for (const { index, 0: text } of line.matchAll(/(?<=return )[^;?]+(?:&&|\|\|)[^;?]+(?= \})/g))
		yield [index, index + text.length];
}

/** Where the parenthesis is closed that was opened before a place. */
function closing(line: string, start: number): number {
	let depth = 1;
	for (let at = start; at < line.length; at++) {
		if (line[at] === "(") depth++;
		if (line[at] === ")" && --depth === 0) return at;
	}
	throw new Error(`not closed: ${line}`);
}

/** A condition without one of its parts, each in turn. */
function without(condition: string): readonly string[] {
	const parts = condition.split(/( && | \|\| )/);
	if (condition.includes("(") && /\([^)]*(&&|\|\|)/.test(condition)) return grouped(condition);
	return parts.length < 3 ? [] : parts.flatMap((_, at) => (at % 2 === 0 ? [lacking(parts, at)] : []));
}

function lacking(parts: readonly string[], at: number): string {
	return at === 0 ? parts.slice(2).join("") : [...parts.slice(0, at - 1), ...parts.slice(at + 1)].join("");
}

/** The same for `A || (B && C)`. */
function grouped(condition: string): readonly string[] {
	const group = condition.match(/\(([^()]*(?:&&|\|\|)[^()]*)\)/);
	if (group?.index === undefined || group[1] === undefined) return [];
	const [before, after] = [condition.slice(0, group.index), condition.slice(group.index + group[0].length)];
	const inside = without(group[1]).map((rest) => `${before}(${rest})${after}`);
	return [...inside, ...without(`${before}GROUP${after}`).map((rest) => rest.replace("GROUP", group[0]))];
}
