import { readDocument, type StackEndpoints, type World } from "../../../world/world.ts";
import { object, stackOf, worldOf } from "../world.ts";
import { denied, type RuleCases } from "./rule-cases.ts";

const served = { host: "queue.example.org", ports: { amqp: 5672 } };

/** A catalogue of one endpoint that stack `first` serves, and stacks that take part in it. */
function catalogued(stacks: Readonly<Record<string, Partial<StackEndpoints>>>): World {
	const { site } = worldOf();
	return {
		site: { ...site, endpoints: { queue: { ...served, stack: "first", purpose: "Jobs" } } },
		stacks: Object.entries(stacks).map(([name, { produced = {}, consumed = [] }]) =>
			readDocument(name, {}, { produced, consumed }),
		),
	};
}

const first = (produced: StackEndpoints["produced"]) => catalogued({ first: { produced } });

/** A stack that serves an endpoint at a name of the cluster, beside objects of the given types. */
function inCluster(host: string, resources: Parameters<typeof stackOf>[0], ports = { amqp: 5672 }): World {
	const { site } = worldOf();
	const queue = { host: `${host}.svc.${site.cluster.domain}`, ports };
	return {
		site: { ...site, endpoints: { queue: { ...queue, stack: "first", purpose: "Jobs" } } },
		stacks: [readDocument("first", stackOf(resources), { produced: { queue }, consumed: [] })],
	};
}

const service = (name: string, ...numbers: readonly (number | string)[]) => ({
	kubernetes_service_v1: object(name, { port: numbers.map((port) => ({ name: `p${port}`, port })) }),
});
const manifest = {
	kubernetes_manifest: {
		manifest: {
			kind: "Service",
			metadata: { name: "queue", namespace: "shop" },
			spec: { ports: [{ name: "amqp", port: 5672 }] },
		},
	},
};

export const endpointProduced: RuleCases = {
	allow: {
		"an endpoint that is served as the catalogue says": first({ queue: served }),
		"a consumer beside the producer": catalogued({
			first: { produced: { queue: served } },
			second: { consumed: ["queue"] },
		}),
		"a Service that has the port": inCluster("queue.shop", service("queue", 80, 5672)),
		"a Service whose ports are numbers in texts": inCluster("queue.shop", service("queue", "5672")),
		"a Service that is a manifest": inCluster("queue.shop", manifest),
		"a pod of a headless Service": inCluster("queue-0.queue.shop", service("queue", 5672)),
		"a Service whose port only Terraform knows": inCluster("queue.shop", service("queue", "${var.port}")),
		"an alias of another host, which has no ports": inCluster("queue.shop", {
			kubernetes_service_v1: object("queue", { type: "ExternalName", external_name: "queue.example.org" }),
		}),
		"a Service of a chart": inCluster("queue.shop", { helm_release: { name: "queue", namespace: "shop" } }),
		"a world without the stack that would serve it": catalogued({ second: {} }),
	},
	deny: {
		"an endpoint that its stack does not serve": denied(first({}), [
			"endpoints.queue",
			"stack first does not produce it",
		]),
		"another port, another name of a port, another host": denied(
			first({ queue: { host: "q.example.org", ports: { amqp: 5671, http: 80 } } }),
			["endpoints.queue", "the catalogue says host queue.example.org, the stack serves q.example.org"],
			["endpoints.queue", "the catalogue says port amqp 5672, the stack serves 5671"],
			["endpoints.queue", "the catalogue says port http does not exist, the stack serves 80"],
		),
		"a port that the stack lacks": denied(first({ queue: { ...served, ports: {} } }), [
			"endpoints.queue",
			"the catalogue says port amqp 5672, the stack serves none",
		]),
		"a Service that nobody makes": denied(inCluster("queue.shop", {}), [
			"endpoints.queue",
			"namespace shop has no Service queue",
		]),
		"a Service in another namespace, or of another name": denied(
			inCluster("queue.shops", service("queue", 5672)),
			["endpoints.queue", "namespace shops has no Service queue"],
		),
		"a Service beside a chart in another namespace": denied(
			inCluster("queue.shop", { helm_release: { name: "queue", namespace: "other" } }),
			["endpoints.queue", "namespace shop has no Service queue"],
		),
		"a Service without the port": denied(inCluster("queue.shop", service("queue", 5671, 80)), [
			"endpoints.queue",
			"port amqp is 5672, Service queue has 5671, 80",
		]),
		"a Service of a chart's namespace without the port": denied(
			inCluster("queue.shop", {
				...service("queue", 80),
				helm_release: { name: "queue", namespace: "shop" },
			}),
			["endpoints.queue", "port amqp is 5672, Service queue has 80"],
		),
		"an endpoint that nobody lists": denied(first({ queue: served, quue: served }), [
			"endpoints.quue",
			"stack first produces it, and the catalogue does not list it",
		]),
		"a consumer without the producer": denied(catalogued({ second: { consumed: ["queue"] } }), [
			"endpoints.queue",
			"its producer, stack first, is not part of this world",
		]),
	},
};
