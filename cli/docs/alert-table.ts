import { fromLiteral } from "../../world/literal.ts";
import type { Json, StackDocument } from "../../world/world.ts";
import { code, markdownTable } from "./markdown-table.ts";

/** A group of alerts of a stack, read from what it synthesises. */
export function alertTable({ resources }: StackDocument, group: string): string {
	const files = resources
		.filter(({ type }) => type === "kubernetes_config_map_v1")
		.flatMap(({ arguments: { data } }) => Object.entries((data ?? {}) as Record<string, Json>))
		.filter(([file]) => file.endsWith(`.${group}.rules.yml`));
	const rules: readonly Alert[] = files.flatMap(([, text]) =>
		JSON.parse(fromLiteral(String(text))).groups.flatMap(({ rules }: { rules: Alert[] }) => rules),
	);
	return markdownTable(
		["Alert", "Severity", "Expression", "For"],
		rules.map(({ alert, expr, for: duration, labels }) => [alert, labels.severity, code(expr), duration]),
	);
}

interface Alert {
	readonly alert: string;
	readonly expr: string;
	readonly for: string;
	readonly labels: { readonly severity: string };
}
