import { parser } from "@prometheus-io/lezer-promql";
import { parse } from "yaml";
import { z } from "../../config/schema/zod.ts";
import { block, plain } from "../../world/blocks.ts";
import { fromLiteral } from "../../world/literal.ts";
import type { Resource } from "../../world/world.ts";
import { worldRule } from "../rule.ts";

/** The part of a rules file that holds expressions; a recording rule has `record` in place of `alert`. */
const rulesFile = z.object({
	groups: z.array(
		z.object({
			rules: z.array(
				z.object({ alert: z.string().optional(), record: z.string().optional(), expr: z.string() }),
			),
		}),
	),
});

export const alertExpressionParses = worldRule({
	id: "alert-expression-parses",
	severity: "error",
	reason: "Prometheus loads no file with a rule that it cannot parse: all alerts of the file are silent.",
	remedy:
		"Mend the expression at the place that the message names; `promtool check rules` knows the types as well.",
	*check({ site, stacks }) {
		const { key, value } = site.monitoring.rulesLabel;
		for (const { resources } of stacks)
			for (const resource of resources) {
				const labels = block(block(resource.arguments.metadata).labels);
				if (/^kubernetes_config_map(_v1)?$/.test(resource.type) && labels[key] === value)
					yield* brokenFiles(resource);
			}
	},
});

function* brokenFiles(subject: Resource) {
	for (const [file, content] of Object.entries(block(subject.arguments.data))) {
		const argument = `data.${file}`;
		const rules = rulesOf(plain(content));
		if (rules === undefined) yield { subject, argument, message: `${file} is no rules file of Prometheus` };
		for (const { alert, record, expr } of rules ?? []) {
			const place = firstError(expr);
			if (place === undefined) continue;
			const rest = expr.slice(place).trim();
			const at = rest === "" ? "it ends too early" : `unexpected from here: ${rest}`;
			yield { subject, argument, message: `${alert ?? record}: ${expr} is no PromQL: ${at}` };
		}
	}
}

function rulesOf(text: string | undefined) {
	if (text === undefined) return undefined;
	try {
		const file = fromLiteral(text);
		return rulesFile.parse(asRendered(file) ?? parse(file)).groups.flatMap(({ rules }) => rules);
	} catch {
		return undefined;
	}
}

/**
 * What a file says that is JSON as the stacks render it, which takes a tenth of the time that YAML does; undefined for
 * any other, such as one with a key twice, which is no YAML.
 */
function asRendered(file: string): unknown {
	try {
		const value: unknown = JSON.parse(file);
		return `${JSON.stringify(value, null, 2)}\n` === file ? value : undefined;
	} catch {
		return undefined;
	}
}

/** Where an expression stops being PromQL, in characters; undefined when it is sound to its end. */
function firstError(expression: string): number | undefined {
	let first: number | undefined;
	parser.parse(expression).iterate({
		enter({ type, from }) {
			if (type.isError) first ??= from;
		},
	});
	return first;
}
