import { readDocument, type StackEndpoints, type World } from "../../../world/world.ts";
import { worldOf } from "../world.ts";
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

export const endpointProduced: RuleCases = {
	allow: {
		"an endpoint that is served as the catalogue says": first({ queue: served }),
		"a consumer beside the producer": catalogued({
			first: { produced: { queue: served } },
			second: { consumed: ["queue"] },
		}),
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
