import { isDeepStrictEqual } from "node:util";
import type { Site } from "../../config/schema/site.ts";
import { block, blocks, plain } from "../../world/blocks.ts";
import type { Json } from "../../world/world.ts";
import { besideParts } from "../beside-parts.ts";
import { findingClass, type Observation } from "../finding-class.ts";
import { argumentChanges } from "../plan/argument-changes.ts";
import type { PlannedChange } from "../plan/plan-summary.ts";

export const outsideTerraform = findingClass({
	id: "outside-terraform",
	risk: "caution",
	reason:
		"No apply brings this part of the site in line: until somebody runs the command, stacks and hosts disagree.",
	remedy: "Run the command after the deploy, where nothing else is said.",
	*check({ summary, before, after }) {
		yield* printedHosts(summary.changes, after.site);
		if (before === undefined || after.beside === undefined) return;
		for (const [part, { stack, what, command }] of Object.entries(besideParts)) {
			if (stack !== summary.stack) continue;
			const [old, now = {}] = [before.beside?.[part], after.beside[part]];
			const remedy = `After the deploy: ${command}.`;
			if (old === undefined) yield { message: `${what} cannot be compared with those of before`, remedy };
			else if (!isDeepStrictEqual(old, now))
				yield {
					message: `${what} change`,
					remedy,
					texts: argumentChanges({ actions: ["update"], before: old, after: now }),
				};
		}
	},
});

/** Hosts that the script for newcomers has written on their machines, and that now go, or lead elsewhere. */
function* printedHosts(changes: readonly PlannedChange[], { newcomer, vault }: Site): Iterable<Observation> {
	const printed = new Set(
		[newcomer.apiServer, newcomer.oidc.issuer, vault.address].flatMap(
			(url) => URL.parse(url)?.hostname ?? [],
		),
	);
	for (const change of changes) {
		if (change.action === "create" || change.action === "import" || change.action === "move") continue;
		const [was, will] = [hostsOf(change, "before"), hostsOf(change, "after")];
		const touched = leadsElsewhere(change) ? was : was.filter((host) => !will.includes(host));
		for (const host of touched)
			if (printed.has(host))
				yield {
					change,
					message: `${host} is what the machines of newcomers were told to ask`,
					remedy:
						"Keep the name answering, or change it in the site and have everybody run infra setup-script again.",
				};
	}
}

/** Whether resolvers get another answer for a record. */
function leadsElsewhere({ type, arguments: changed = [] }: PlannedChange): boolean {
	return (
		type === "cloudflare_dns_record" &&
		changed.some(({ path }) => /^(content|data|proxied|type)\b/.test(path))
	);
}

/** Hosts of a record or an Ingress. */
function hostsOf({ type, values }: PlannedChange, side: "before" | "after"): string[] {
	const object = block(values?.[side] as Json);
	if (type === "cloudflare_dns_record") return [plain(object.name) ?? ""];
	if (!/^kubernetes_ingress(_v1)?$/.test(type)) return [];
	return blocks(block(object.spec).rule, "").flatMap(({ block: rule }) => plain(rule.host) ?? []);
}
