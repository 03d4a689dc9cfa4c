const importLine = /^import .* from "(?<prefix>[./]*)(?<path>.*)";$/;

/** A module whose imports from one folder stand in the order of their paths, where a new name may have upset it. */
export function withSortedImports(text: string): string {
	const lines = text.split("\n");
	const end = lines.findIndex((line) => !importLine.test(line));
	const part = (line: string, group: string) => importLine.exec(line)?.groups?.[group] ?? "";
	const groups = Map.groupBy(lines.slice(0, end), (line) => part(line, "prefix"));
	const sorted = [...groups.values()].flatMap((group) =>
		group.toSorted((one, other) => (part(one, "path") < part(other, "path") ? -1 : 1)),
	);
	return [...sorted, ...lines.slice(end)].join("\n");
}
