import { isDeepStrictEqual } from "node:util";
import { block } from "../../world/blocks.ts";
import { kubernetesObjects } from "../../world/kubernetes-objects.ts";
import { podTemplates, selects } from "../../world/pods.ts";
import type { Address, StackDocument, World } from "../../world/world.ts";
import { documentBefore, documentOf } from "../document-of.ts";
import { findingClass, type Observation, type PlannedStack } from "../finding-class.ts";
import { kubernetesChange } from "../kubernetes/kubernetes-change.ts";
import { rolloutOf } from "../kubernetes/rollout.ts";
import type { PlannedChange } from "../plan/plan-summary.ts";

export const blastRadius = findingClass({
	id: "blast-radius",
	risk: "caution",
	reason: "Other stacks use what changes here, and notice.",
	remedy: "Tell who runs the consumers, or apply when they can do without.",
	*check(planned) {
		const { summary } = planned;
		const behind = objectsBehindEndpoints(planned);
		for (const change of summary.changes) {
			if (!interrupts(change)) continue;
			const object = kubernetesChange(change);
			const endpoints = object && behind.get(`${object.kind} ${object.namespace} ${object.name}`);
			if (endpoints === undefined) continue;
			const consumers = consumersOf(planned, (name) => endpoints.has(name));
			if (consumers.length > 0)
				yield { change, message: `${[...endpoints].join(", ")} is used by ${consumers.join(", ")}` };
		}
		yield* otherAddresses(planned);
	},
});

/**
 * Stacks that use an endpoint, by what is applied or by what the code says: one that has just stopped to use it does so
 * until it is deployed.
 */
function consumersOf({ summary, before, after }: PlannedStack, isIt: (name: string) => boolean): string[] {
	const uses = (world: World | undefined) =>
		(world?.stacks ?? []).filter(
			({ stack, endpoints: { consumed } }) => stack !== summary.stack && consumed.some(isIt),
		);
	const now = new Set(uses(after).map(({ stack }) => stack));
	const former = uses(before).map(({ stack }) => stack);
	return [
		...now,
		...former.filter((stack) => !now.has(stack)).map((stack) => `${stack} (until it is deployed)`),
	];
}

/**
 * Endpoints that are served at another place than before, or nowhere, and those that a stack has stopped to use:
 * whether a Service of the plan says so, or a chart.
 */
function* otherAddresses(planned: PlannedStack): Iterable<Observation> {
	const { before, after, summary } = planned;
	if (before === undefined) return;
	const now = documentOf(planned).endpoints.produced;
	for (const [name, was] of Object.entries(documentBefore(planned)?.endpoints.produced ?? {})) {
		const consumers = consumersOf(planned, (one) => one === name);
		const will = now[name];
		if (consumers.length > 0 && !isDeepStrictEqual(was, will))
			yield {
				message: `${name} is served ${will === undefined ? "no longer" : `at ${addressOf(will)}`}, and no more at ${addressOf(was)}: it is used by ${consumers.join(", ")}`,
				remedy: "Deploy the consumers right after this stack: until then they ask at the old place.",
			};
		for (const { stack, endpoints } of before.stacks) {
			const still = after.stacks.find((one) => one.stack === stack)?.endpoints.consumed ?? [];
			if (stack !== summary.stack && endpoints.consumed.includes(name) && !still.includes(name))
				yield {
					message: `${name} is no longer used by ${stack}`,
					risk: "notice",
					remedy: "See whether anybody still needs what was opened for it.",
				};
		}
	}
}

function addressOf({ host, ports }: Address): string {
	return `${host} (${Object.entries(ports)
		.map(([name, port]) => `${name} ${port}`)
		.join(", ")})`;
}

/** Whether clients of the object notice: its pods stop, or the Service in front of them changes. */
function interrupts(change: PlannedChange): boolean {
	if (change.action === "create" || change.action === "import" || change.action === "move") return false;
	const object = kubernetesChange(change);
	if (object === undefined) return false;
	if (object.kind !== "service") return rolloutOf(object) !== undefined;
	return change.action !== "update" || object.paths.some((path) => path.startsWith("spec"));
}

/** Names of endpoints by the Service and the workloads that serve them: `service redis redis-master`. */
function objectsBehindEndpoints(planned: PlannedStack): ReadonlyMap<string, ReadonlySet<string>> {
	const behind = new Map<string, Set<string>>();
	const sides: readonly (readonly [World | undefined, StackDocument | undefined])[] = [
		[planned.after, documentOf(planned)],
		[planned.before, documentBefore(planned)],
	];
	for (const [world, document] of sides)
		if (world !== undefined && document !== undefined)
			for (const [name, { host }] of Object.entries(document.endpoints.produced))
				for (const key of served(world, host)) behind.set(key, (behind.get(key) ?? new Set()).add(name));
	return behind;
}

/** The Service of a host name, and the workloads whose pods it selects. */
function* served(world: World, host: string): Iterable<string> {
	const [service = "", namespace = "", word] = host.split(".");
	if (word !== "svc") return;
	yield `service ${namespace} ${service}`;
	const found = kubernetesObjects(world).find("service", namespace, service);
	if (found === undefined) return;
	const selector = block(block(found.given.spec).selector);
	if (Object.keys(selector).length === 0) return;
	for (const template of podTemplates(world))
		if (template.owner.namespace === namespace && selects(selector, template))
			yield `${template.owner.kind} ${namespace} ${template.owner.name}`;
}
