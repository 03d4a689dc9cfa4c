import { block, blocks, isExpression } from "../../world/blocks.ts";
import { type KubernetesObject, kubernetesObjects } from "../../world/kubernetes-objects.ts";
import type { Address, StackDocument, World } from "../../world/world.ts";
import { type Violation, worldRule } from "../rule.ts";

export const endpointProduced = worldRule({
	id: "endpoint-produced",
	severity: "error",
	reason: "A client would be given an address at which nobody answers.",
	remedy:
		"Produce the endpoint in its stack as config/own-endpoints.ts says, from the Service that answers there, or correct it there; endpoints from outside are in the site.",
	*check(world) {
		for (const document of world.stacks) {
			yield* unserved(world, document);
			yield* misplaced(world, document);
			yield* unanswered(world, document);
			yield* orphaned(world, document);
		}
	},
});

function* unserved({ site }: World, subject: StackDocument): Iterable<Violation> {
	for (const [name, { stack }] of Object.entries(site.endpoints))
		if (stack === subject.stack && !Object.hasOwn(subject.endpoints.produced, name))
			yield violation(subject, name, `stack ${stack} does not produce it`);
}

function* misplaced({ site }: World, subject: StackDocument): Iterable<Violation> {
	for (const [name, served] of Object.entries(subject.endpoints.produced)) {
		const listed = site.endpoints[name];
		if (listed === undefined)
			yield violation(
				subject,
				name,
				`stack ${subject.stack} produces it, and the catalogue does not list it`,
			);
		else
			for (const difference of differences(listed, served))
				yield violation(subject, name, `the catalogue says ${difference}`);
	}
}

function* differences(listed: Address, served: Address): Iterable<string> {
	if (listed.host !== served.host) yield `host ${listed.host}, the stack serves ${served.host}`;
	for (const name of new Set([...Object.keys(listed.ports), ...Object.keys(served.ports)]))
		if (listed.ports[name] !== served.ports[name])
			yield `port ${name} ${listed.ports[name] ?? "does not exist"}, the stack serves ${served.ports[name] ?? "none"}`;
}

/** Endpoints whose host is the name of a Service that no stack makes, or that has not all of the ports. */
function* unanswered(world: World, subject: StackDocument): Iterable<Violation> {
	const objects = kubernetesObjects(world);
	for (const [name, { host, ports }] of Object.entries(subject.endpoints.produced)) {
		const suffix = `.svc.${world.site.cluster.domain}`;
		if (!host.endsWith(suffix)) continue;
		// A pod's own name stands before that of its headless Service.
		const [service = "", namespace = ""] = host.slice(0, -suffix.length).split(".").slice(-2);
		const found = objects.find("service", namespace, service);
		if (found === undefined) {
			// Services of a chart are in no document.
			if (!objects.chartNamespaces.has(namespace))
				yield violation(subject, name, `namespace ${namespace} has no Service ${service}`);
			continue;
		}
		const open = openPorts(found);
		if (open === undefined) continue;
		for (const [port, number] of Object.entries(ports))
			if (!open.has(number))
				yield violation(
					subject,
					name,
					`port ${port} is ${number}, Service ${service} has ${[...open].join(", ") || "none"}`,
				);
	}
}

/** Ports of a Service; undefined when not all are known before Terraform runs, or when it is another host's alias. */
function openPorts({ resource }: KubernetesObject): ReadonlySet<number> | undefined {
	const { spec } =
		resource.arguments.manifest === undefined ? resource.arguments : block(resource.arguments.manifest);
	const { type, port, ports } = block(spec);
	const numbers = blocks(port ?? ports, "").map(({ block: entry }) => entry.port);
	if (type === "ExternalName" || numbers.some(isExpression)) return undefined;
	return new Set(numbers.map(Number));
}

function* orphaned({ site, stacks }: World, subject: StackDocument): Iterable<Violation> {
	for (const name of subject.endpoints.consumed) {
		const producer = site.endpoints[name]?.stack;
		if (producer !== undefined && !stacks.some(({ stack }) => stack === producer))
			yield violation(subject, name, `its producer, stack ${producer}, is not part of this world`);
	}
}

function violation(subject: StackDocument, name: string, message: string): Violation {
	return { subject, argument: `endpoints.${name}`, message };
}
