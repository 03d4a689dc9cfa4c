import { styleText } from "node:util";
import { renderArguments } from "../../engine/plan/render-arguments.ts";
import { besideParts } from "../../review/beside-parts.ts";
import { argumentChanges } from "../../review/plan/argument-changes.ts";
import { foreignText } from "../../terminal/foreign-text.ts";
import { plural } from "../../world/plural.ts";
import type { Affected } from "./affected.ts";
import type { AffectedStack, Difference } from "./comparison.ts";
import type { Revision } from "./git.ts";

/** The result for people. @param why show the parts and arguments that differ */
export function renderAffected(result: Affected, { why }: { readonly why: boolean }): string {
	const { base, site, registry, uncommitted, applied, stacks, unaffected, beside } = result;
	const sides = `${nameOf(base)} → ${uncommitted ? "this checkout, with uncommitted changes" : "HEAD"}`;
	const lines = [
		`${styleText("bold", "base")}  ${sides}`,
		styleText("dim", `site ${site}, registry ${registry}`),
		...stacks.flatMap((stack) => [
			renderStack(stack, applied[stack.stack]),
			...(why ? stack.differences.flatMap(renderDifference) : []),
		]),
		...(beside ?? []).flatMap(({ part, differences }) => [
			`${styleText("yellow", "beside ")}  ${besideParts[part]?.what ?? part}  ${plural(differences.length, "file")}; after a deploy: ${besideParts[part]?.command ?? "see the revision that knows it"}`,
			...(why ? differences.flatMap(renderDifference) : []),
		]),
		...(beside === undefined
			? [
					`${styleText("red", "unknown")}  what is rendered beside Terraform: the base cannot tell it, so take it as changed`,
				]
			: []),
	];
	if (unaffected.length > 0) lines.push(styleText("dim", `not affected: ${unaffected.join(", ")}`));
	return lines.join("\n");
}

function nameOf({ commit, chosen }: Revision): string {
	return `${commit.slice(0, 8)} (${foreignText(chosen)})`;
}

function renderStack({ stack, effect, differences }: AffectedStack, applied: Revision | undefined): string {
	const since = applied === undefined ? "" : styleText("dim", `  since ${nameOf(applied)}`);
	const parts = plural(differences.length, "part");
	if (effect === "new")
		return `${styleText("green", "new    ")}  ${stack}  ${parts}: a deploy creates it${since}`;
	if (effect === "changed") return `${styleText("yellow", "changed")}  ${stack}  ${parts}${since}`;
	return `${styleText("red", "removed")}  ${stack}  ${parts}: nothing deploys it any more, and what it made stays; destroy it from the base: infra destroy ${stack}${since}`;
}

function renderDifference({ address, path, before, after }: Difference): string[] {
	const sign = before === undefined ? "+" : after === undefined ? "-" : "~";
	const style = before === undefined ? "green" : after === undefined ? "red" : "yellow";
	const head = `  ${styleText(style, sign)} ${foreignText(address)}${path === undefined ? "" : `  ${foreignText(path)}`}`;
	if (sign !== "~") return [head];
	const wrapped = (value: unknown) =>
		typeof value === "object" && value !== null && !Array.isArray(value) ? value : { value };
	const changes = argumentChanges(
		{ actions: ["update"], before: wrapped(before), after: wrapped(after) },
		[],
	);
	return [head, ...renderArguments(changes).map((line) => `      ${line}`)];
}
