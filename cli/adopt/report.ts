import type { PlannedChange } from "../../review/plan/plan-summary.ts";
import { argumentLines } from "../../review/report/argument-lines.ts";
import { codeSpan, escapeMarkdown } from "../../review/report/markdown-text.ts";
import type { MapEntry } from "./map-file.ts";
import type { Prepared } from "./prepare.ts";

/** What the adoption of a stack does, per object, as Markdown. No value of a secret is in it. */
export function reportAdoption(
	stack: string,
	{ next, plan, refused }: Prepared,
	{ entries, left }: { readonly entries: readonly MapEntry[]; readonly left: readonly MapEntry[] },
): string {
	const { changes } = plan.summary;
	const of = (...actions: readonly string[]) => changes.filter(({ action }) => actions.includes(action));
	const updates = of("update", "import+update");
	const made = of("create");
	const rotate = [...next.secrets].filter(([, secrets]) => secrets.length > 0);
	return [
		`# Adoption of ${codeSpan(stack)}`,
		"",
		`${entries.length} objects, ${updates.length} to change in place, ${made.length} to create, ${refused.length} refusals.`,
		...section(
			"Refused",
			refused.map((line) => `- ${escapeMarkdown(line)}`),
		),
		...section("Objects", [
			"| what | from | to | how |",
			"| --- | --- | --- | --- |",
			...entries.map(
				({ is = "", state = "the world", from = "", to = "", how }) =>
					`| ${escapeMarkdown(is)} | ${codeSpan(`${from} (${state})`)} | ${codeSpan(to)} | ${how} |`,
			),
		]),
		...section("What the next deploy changes in place", updates.flatMap(changeLines)),
		...section(
			"What the next deploy creates",
			made.map(({ address, path }) => `- ${codeSpan(address)} ${escapeMarkdown(path ?? "")}`),
		),
		...section(
			"Secrets to change: they were in the clear in the older state, and are not in the new one",
			rotate.map(
				([address, secrets]) =>
					`- ${codeSpan(address)}: ${secrets.map(({ path }) => codeSpan(path)).join(", ")}`,
			),
		),
		...section(
			"Left behind in their states",
			left.map(
				({ is = "", state = "", from = "", reason = "" }) =>
					`- ${codeSpan(`${from} (${state})`)} ${escapeMarkdown(is)}: ${escapeMarkdown(reason)}`,
			),
		),
	].join("\n");
}

function section(title: string, lines: readonly string[]): string[] {
	return lines.length === 0 ? [] : ["", `## ${title}`, "", ...lines];
}

function changeLines({ address, arguments: changed = [] }: PlannedChange): string[] {
	return [`- ${codeSpan(address)}`, ...argumentLines(changed).map(({ text }) => `  - ${codeSpan(text)}`)];
}
