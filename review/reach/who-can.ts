import { VisibleError } from "../../config/schema/visible-error.ts";
import type { World } from "../../world/world.ts";
import type { Fact } from "./fact.ts";
import { reachOf } from "./reach.ts";
import { type Statement, statements } from "./sentence.ts";

/** What is asked for. */
export type Question = "reach" | "read";

/** Rights that lead to the Secrets of a namespace, beside reading them. */
const leadsToSecrets = new Set([
	"run pods in",
	"open a shell in",
	"get tokens of",
	"impersonate",
	"change images of",
]);

/**
 * Who may reach or read something in a world, worst first.
 *
 * @param object to read: an entry of Vault such as `secret/bob`, or `namespace/alice` for the Secrets of a namespace; to
 * reach: a host, `namespace/workload`, or `port/30125`
 * @throws VisibleError when the world speaks of no such thing
 */
export function whoCan(world: World, question: Question, object: string): readonly Statement[] {
	const facts = reachOf(world);
	const matches = question === "read" ? readers(object) : reachers(object);
	if (!facts.some(matches.names)) throw new VisibleError(unknownObject(facts, question, object));
	const answer = facts.filter(
		(fact) =>
			matches.names(fact) ||
			matches.contains(fact) ||
			// What cannot be computed may be an answer.
			(fact.risk === "unknown" && (fact.verb === "grant" || fact.verb === "use")),
	);
	return statements(answer, "may", Number.POSITIVE_INFINITY);
}

interface Match {
	/** Whether a fact speaks of the object itself. */
	readonly names: (fact: Fact) => boolean;
	/** Whether a fact is wider, or leads to it. */
	readonly contains: (fact: Fact) => boolean;
}

function readers(object: string): Match {
	const [, namespace] = /^namespace\/([^/]+)$/.exec(object) ?? [];
	if (namespace !== undefined) {
		const [own, every] = [`namespace ${namespace}`, "every namespace"];
		return {
			names: ({ verb, object: said }) =>
				(verb === "read" && isSecretsOf(said, own)) || (leadsToSecrets.has(verb) && isAt(said, own)),
			contains: ({ verb, object: said }) =>
				(verb === "read" && isSecretsOf(said, every)) ||
				(leadsToSecrets.has(verb) && isAt(said, every)) ||
				(verb === "do everything in" && (said === "the cluster" || said === own)),
		};
	}
	const said = new Set([object, `${object}/*`]);
	return {
		names: (fact) => fact.verb === "read" && (said.has(fact.object) || fact.object.endsWith(` of ${object}`)),
		contains: (fact) => fact.verb === "do everything in" && fact.object === "Vault",
	};
}

function isSecretsOf(said: string, place: string): boolean {
	return said === `Secrets of ${place}` || said.startsWith(`Secrets of ${place}, only `);
}

/** Whether something is in a place, or all of it is. */
function isAt(said: string, place: string): boolean {
	return said === place || said.endsWith(` ${place}`) || said.includes(`${place}, only `);
}

function reachers(object: string): Match {
	const [, port] = /^port\/(\d+)$/.exec(object) ?? [];
	const isPort = ({ object: said }: Fact) => port !== undefined && said.startsWith(`port ${port} `);
	const host = object.replace(/^https?:\/\//, "");
	return {
		names: (fact) =>
			isPort(fact) ||
			(fact.verb === "reach" && hostOf(fact.object) === host) ||
			(fact.verb === "connect to" && fact.object.startsWith(`pods of ${object} at `)),
		contains: () => false,
	};
}

/** The host of what is reached, such as `https://ci.example.org/hook` or `ci.example.org at 192.0.2.1`. */
function hostOf(object: string): string | undefined {
	return object.replace(/^https:\/\//, "").split(/[/, ]/)[0];
}

function unknownObject(facts: readonly Fact[], question: Question, object: string): string {
	const known = facts
		.filter(({ verb }) => verb === question)
		.map(({ object: said }) => (question === "reach" ? (hostOf(said) ?? said) : said))
		.filter((said) => /^[^ *]+[./][^ *]+$/.test(said));
	const some = [...new Set(known)].sort().slice(0, 8).join(", ");
	return `nobody can ${question} ${object}, and nothing of the site speaks of it: expected ${question === "read" ? "an entry of Vault or namespace/<name>" : "a host, <namespace>/<workload> or port/<number>"}, such as ${some || "none"}`;
}
