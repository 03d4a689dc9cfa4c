import { isDeepStrictEqual } from "node:util";
import type { Site } from "../../config/schema/site.ts";
import { edgePrefix, mailEdge } from "../../constructs/mail/edge.ts";
import { pfsenseEdge } from "../../constructs/pfsense/edge-objects.ts";
import { apiServerFlags, etcdFlags } from "../../constructs/platform/api-server-flags.ts";
import { renderOffsiteSettings, renderSettings } from "../../constructs/storage/backup/render-settings.ts";
import { renderUnits } from "../../constructs/storage/backup/render-units.ts";
import { renderExports } from "../../constructs/storage/exports/render-exports.ts";
import { block, blocks, plain } from "../../world/blocks.ts";
import type { Json } from "../../world/world.ts";
import { findingClass, type Observation } from "../finding-class.ts";
import type { PlannedChange } from "../plan/plan-summary.ts";

/** Something of a site that no stack applies. */
interface Outside {
	/** Stack that is told: its objects need it. */
	readonly stack: string;
	/** What it is, in the plural. */
	readonly what: string;
	/** Commands that bring it in line. */
	readonly command: string;
	/** What it consists of: equal for two sites that need no command. */
	readonly model: (site: Site) => unknown;
}

const parts: readonly Outside[] = [
	{
		stack: "mailserver",
		what: "the objects of HAProxy on the router",
		command: "infra pfsense diff, then infra pfsense apply",
		model: (site) => pfsenseEdge(mailEdge(site), edgePrefix, ""),
	},
	{
		stack: "storage",
		what: "the exports of the NFS server",
		command: "infra exports diff, then infra exports apply",
		model: renderExports,
	},
	{
		stack: "storage",
		what: "the settings and units of backups on the storage host",
		command: "infra backup files --out <folder>, then its install.sh on the host",
		model: (site) => [renderSettings(site), renderUnits(site)],
	},
	{
		stack: "storage",
		what: "the settings of the backups at the other place",
		command: "infra backup files --for offsite --out <folder>, then its install.sh there",
		model: renderOffsiteSettings,
	},
	{
		stack: "platform",
		what: "the flags of the API server and of etcd",
		command: "set them on each control plane node (docs/reference/platform.md#control-plane)",
		model: (site) => [apiServerFlags(site), etcdFlags(site)],
	},
	{
		stack: "platform",
		what: "the programs and addresses on the machines of newcomers",
		command: "infra setup-script, for everybody who has run it before",
		model: ({ newcomer, vault }) => [newcomer, vault.address],
	},
];

export const outsideTerraform = findingClass({
	id: "outside-terraform",
	risk: "caution",
	reason:
		"No apply brings this part of the site in line: until somebody runs the command, stacks and hosts disagree.",
	remedy: "Run the command after the deploy, where nothing else is said.",
	*check({ summary, before, after }) {
		yield* printedHosts(summary.changes, after.site);
		if (before === undefined) return;
		for (const { stack, what, command, model } of parts) {
			if (stack !== summary.stack) continue;
			const old = modelBefore(before.site, model);
			const remedy = `After the deploy: ${command}.`;
			if (old === undefined) yield { message: `${what} cannot be compared with those of before`, remedy };
			else if (!isDeepStrictEqual(old, model(after.site)))
				yield { message: `${what} change with the site`, remedy };
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

/** Undefined when the site of before, which another revision may have made, lacks something that is read here. */
function modelBefore(site: Site, model: Outside["model"]): unknown {
	try {
		return model(site);
	} catch {
		return undefined;
	}
}
