import { isIP } from "node:net";
import { backendsOf, type HaproxyConfig, resolversOf } from "./model.ts";

/** Limits in words: of a line of the configuration, and what a condition and the longest rule around it use. */
const words = { line: 64, condition: 5, rule: 12 };
const mostConditions = Math.floor((words.line - words.rule) / words.condition);

const name = /^[A-Za-z0-9_.:-]+$/;

/** What HAProxy would refuse or silently misread, beyond what the types already exclude. */
export function* haproxyProblems(config: HaproxyConfig): Iterable<string> {
	const backends = backendsOf(config);
	const resolvers = resolversOf(config);
	const frontends = [...config.frontends, ...(config.status === undefined ? [] : [config.status])];
	yield* repeated(
		"frontend",
		frontends.map(({ name }) => name),
	);
	yield* repeated(
		"frontend port",
		frontends.flatMap(({ ips = ["*"], port }) => ips.map((ip) => `${ip}:${port}`)),
	);
	yield* repeated(
		"backend",
		backends.map(({ name }) => name),
	);
	yield* repeated(
		"resolvers",
		resolvers.map(({ name }) => name),
	);
	for (const named of [
		...frontends,
		...backends,
		...resolvers,
		...backends.flatMap(({ servers }) => servers),
	])
		if (!name.test(named.name)) yield `"${named.name}" is no HAProxy name: use letters, digits and - _ . :`;
	for (const { name, ips } of frontends) {
		if (ips?.length === 0) yield `frontend ${name} listens on no address`;
		for (const ip of ips ?? [])
			if (isIP(ip) === 0) yield `frontend ${name} listens on "${ip}", which is no IP address`;
	}
	const conjunctions = [
		...config.frontends.flatMap(({ routes }) => routes.map(({ when }) => when)),
		...(config.status?.ready.anyOf ?? []),
	];
	for (const { length } of conjunctions)
		if (length > mostConditions)
			yield `${length} conditions in one rule: HAProxy takes ${mostConditions} at most`;
	for (const { name, nameserver } of resolvers)
		if (isIP(nameserver.ip) === 0)
			yield `resolvers ${name}: "${nameserver.ip}" is no IP address, and a name cannot be resolved before the resolver runs`;
	for (const { name, servers, checkScript } of backends) {
		yield* repeated(
			`server of backend ${name}`,
			servers.map(({ name }) => name),
		);
		for (const { name: server, address } of servers)
			if ("ip" in address && isIP(address.ip) === 0)
				yield `server ${name}/${server}: "${address.ip}" is no IP address; a host name needs resolvers`;
		for (const step of checkScript ?? [])
			if ("expect" in step && step.expect === "")
				yield `backend ${name} expects an empty answer: any would do`;
	}
}

function* repeated(what: string, values: readonly string[]): Iterable<string> {
	for (const [index, value] of values.entries())
		if (values.indexOf(value) !== index) yield `two definitions of ${what} ${value}`;
}
