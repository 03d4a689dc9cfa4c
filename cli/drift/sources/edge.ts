import { openTarget } from "../../../clients/host/ssh-target.ts";
import type { PackageObjects } from "../../../constructs/pfsense/edge-objects.ts";
import { argumentChanges } from "../../../review/plan/argument-changes.ts";
import { block } from "../../../world/blocks.ts";
import { kubernetesObjects } from "../../../world/kubernetes-objects.ts";
import type { World } from "../../../world/world.ts";
import { readEdge } from "../../pfsense/edge-program.ts";
import type { EdgeState } from "../../pfsense/edge-state.ts";
import { siteEdge } from "../../pfsense/site-edge.ts";
import type { DriftedObject } from "../stack-drift.ts";
import type { Source, SourceFindings } from "./source.ts";

/** HAProxy's objects and the redirects of the mail edge on pfSense, as `infra pfsense diff` compares them. */
export const edge: Source = {
	name: "edge",
	stacks: (world) => servedPorts(world).slice(0, 1),
	look: async ({ world: { site } }) => {
		const { router, source, request } = siteEdge(site);
		if (router.login === undefined)
			return { leftOut: `the site states no host key for ${router.name} (${router.setting})` };
		using target = openTarget(router, { local: false });
		return judge(await readEdge(target, request), request, { router: router.name, source });
	},
};

/** Stacks with a Service on a port that the edge forwards to. */
function servedPorts(world: World): string[] {
	const ports = new Set(Object.values(world.site.mail.listeners).map(({ nodePort }) => nodePort));
	return kubernetesObjects(world)
		.all.filter(({ kind, resource }) => {
			const given = block(resource.arguments.spec).port;
			const listed = Array.isArray(given) ? given : [given];
			return kind === "service" && listed.some((port) => ports.has(Number(block(port).node_port)));
		})
		.map(({ resource }) => resource.stack);
}

/**
 * Tells what somebody has changed on the router from code that waits: the frontends say in their description which
 * edge they were made from.
 *
 * @param wanted the objects of the site
 */
export function judge(
	state: EdgeState,
	wanted: PackageObjects,
	{ router, source }: { readonly router: string; readonly source: string },
): SourceFindings {
	const made = new Set(state.objects.frontends.map(({ desc }) => desc));
	const changed = argumentChanges({
		actions: ["update"],
		before: byName(wanted),
		after: byName(state.objects),
	});
	const found = (address: string, object: Partial<DriftedObject>): DriftedObject => ({
		what: "changed",
		address: `edge ${router}: ${address}`,
		risk: "caution",
		arguments: [],
		consequences: ["infra pfsense apply brings the site's edge back; infra pfsense diff shows all of it"],
		...object,
	});
	const never = made.size === 0 && state.previous === null;
	const waits = changed.length > 0 && (never || (made.size > 0 && !made.has(source)));
	const cutOver = state.redirects.some((redirect) => redirect.state === "edge");
	const closed = cutOver ? state.passes.filter((pass) => pass.state !== "edge") : [];
	const astray = cutOver ? state.redirects.filter((redirect) => redirect.state !== "edge") : [];
	return {
		undeployed: (waits ? 1 : 0) + (cutOver ? 0 : 1),
		drifted: [
			...(changed.length > 0 && !waits ? [found("objects of HAProxy", { arguments: changed })] : []),
			...astray.map(({ port, target }) =>
				found(`redirect of port ${port}`, {
					what: target === undefined ? "deleted" : "changed",
					arguments: [
						{
							path: "target",
							before: { shown: "the edge" },
							after: target === undefined ? "absent" : { shown: target },
						},
					],
					consequences: ["infra pfsense apply --cut-over forwards it to the edge"],
				}),
			),
			...closed.map(({ port, target, state }) =>
				found(`filter rule for port ${port} of ${target}`, {
					what: state === "absent" ? "deleted" : "changed",
					consequences: [
						"infra pfsense apply --cut-over lets in over IPv6 what the site says, and nothing else",
					],
				}),
			),
			...(state.interrupted
				? [
						found("a change was killed midway", {
							consequences: ["the next infra pfsense apply completes it"],
						}),
					]
				: []),
		],
		remarks: [
			...(waits && never ? [`${router} has no edge yet: infra pfsense apply makes it`] : []),
			...(waits && !never
				? [
						`${router} has the edge of other code (${[...made].join(", ")}), and a change by hand would not show: infra pfsense apply`,
					]
				: []),
			...(cutOver ? [] : ["no port is forwarded to the edge: infra pfsense apply --cut-over"]),
		],
	};
}

/** Lists as objects by name, so that one more object does not change all those behind it. */
function byName({ settings, pools, frontends }: PackageObjects): object {
	const named = (objects: PackageObjects["pools"]) =>
		Object.fromEntries(objects.map(({ name, ...object }) => [String(name), readable(object)]));
	return { settings, pools: named(pools), frontends: named(frontends) };
}

function readable(object: object): object {
	const { advanced_backend: lines, ...rest } = object as { readonly advanced_backend?: unknown };
	return typeof lines === "string"
		? { ...rest, advanced_backend: Buffer.from(lines, "base64").toString().replaceAll("\r\n", "\n") }
		: rest;
}
