import type { World } from "../../world/world.ts";
import { type Fact, factId, type Risk } from "./fact.ts";
import { type GrantedRule, rbacGrants } from "./rbac-grants.ts";
import { type NamedRight, namedRights, outsideNamespaces } from "./rbac-rights.ts";
import type { Actor } from "./subjects.ts";

type Words = Pick<Fact, "verb" | "object" | "detail">;

/** Verbs that change nothing. */
const looking = new Set(["get", "list", "watch"]);

/** Rights of the Kubernetes API: Roles and ClusterRoles, aggregated ones included, through their bindings. */
export function* rbacFacts(world: World): Iterable<Fact> {
	const { rules, unknown } = rbacGrants(world);
	for (const grant of rules) yield* factsOf(grant);
	for (const { actor, namespace, role, grants } of unknown)
		yield {
			subject: actor.name,
			verb: "use",
			object: `role ${role} in ${place(namespace)}, whose rules are in no document`,
			risk: "unknown",
			grants,
		};
}

function* factsOf(grant: GrantedRule): Iterable<Fact> {
	const { rule, namespace, builtIn } = grant;
	if (
		[rule.verbs, rule.apiGroups, rule.resources].every((list) => list.includes("*")) &&
		rule.resourceNames.length === 0
	) {
		yield fact(grant, everything(namespace), "escalation", [everything(undefined)]);
		return;
	}
	for (const name of rule.resourceNames.length === 0 ? [undefined] : rule.resourceNames) {
		for (const group of rule.apiGroups)
			for (const resource of rule.resources) {
				if (namespace !== undefined && outsideNamespaces.has(resource)) continue;
				const covered = new Set<string>();
				for (const right of namedRights)
					for (const one of right.resources) {
						if (namespace !== undefined && outsideNamespaces.has(one)) continue;
						for (const verb of right.verbs)
							if (covers(rule.verbs, verb) && coversResource(group, resource, right.group, one)) {
								covered.add(`${verb} ${one}`);
								yield namedFact(grant, right, verb, one, name);
							}
					}
				for (const verb of rule.verbs)
					if (!covered.has(`${verb} ${resource}`)) yield ordinaryFact(grant, verb, group, resource, name);
			}
	}
	if (namespace === undefined && builtIn === undefined)
		for (const verb of rule.verbs)
			for (const url of rule.nonResourceURLs)
				yield fact(grant, { verb: verbal(verb), object: `URL ${url} of the API server` }, risk(verb), [
					everything(undefined),
				]);
}

function namedFact(
	grant: GrantedRule,
	right: NamedRight,
	verb: string,
	resource: string,
	name: string | undefined,
): Fact {
	const images = grant.imagesOnly && resource === "deployments" && verb !== "create";
	const words = (where: string | undefined, only: string | undefined): Words => ({
		verb: images ? "change images of" : right.verb,
		object: [
			images ? "Deployments in" : right.object,
			where === undefined ? "every namespace" : `namespace ${where}`,
		]
			.filter((part) => part !== "")
			.join(" ")
			.concat(only === undefined ? "" : `, only ${only}`),
		detail: `${verb} ${resource}.${right.group} ${only ?? ""}`,
	});
	const { namespace, actor } = grant;
	const own = namespace !== undefined && actor.owns.namespaces.includes(namespace);
	return fact(grant, words(namespace, name), right.risk === "secrets" && own ? "own-secrets" : right.risk, [
		everything(namespace),
		everything(undefined),
		words(undefined, name),
		words(namespace, undefined),
		words(undefined, undefined),
	]);
}

/** A right that is what its words say; of a built-in role all of them together. */
function ordinaryFact(
	grant: GrantedRule,
	verb: string,
	group: string,
	resource: string,
	name: string | undefined,
): Fact {
	const { namespace, builtIn } = grant;
	if (builtIn !== undefined) {
		const words = (role: string, where: string | undefined): Words => ({
			verb: "use",
			object: `the other rights of ClusterRole ${role} in ${place(where)}`,
		});
		const wider = { view: ["edit", "admin"], edit: ["admin"] }[builtIn] ?? [];
		return fact(grant, words(builtIn, namespace), builtIn === "view" ? "look" : "change", [
			...[builtIn, ...wider].flatMap((role) => [words(role, namespace), words(role, undefined)]),
			everything(namespace),
			everything(undefined),
		]);
	}
	const words = (
		v: string,
		g: string,
		r: string,
		n: string | undefined,
		where: string | undefined,
	): Words => ({
		verb: verbal(v),
		object: `${kind(g, r)}${n === undefined ? "" : ` ${n}`} in ${place(where)}`,
		detail: g,
	});
	const [, subresource] = resource.split("/");
	const wider: Words[] = [everything(namespace), everything(undefined)];
	for (const v of new Set([verb, "*"]))
		for (const g of new Set([group, "*"]))
			for (const r of new Set([resource, "*", ...(subresource === undefined ? [] : [`*/${subresource}`])]))
				for (const n of new Set([name, undefined]))
					for (const where of new Set([namespace, undefined])) wider.push(words(v, g, r, n, where));
	return fact(grant, words(verb, group, resource, name, namespace), risk(verb), wider);
}

/** A fact with everything wider than it: wider words, said of the actor and of whomever the actor is part of. */
function fact(
	{ actor, namespace, grants }: GrantedRule,
	words: Words,
	risk: Risk,
	wider: readonly Words[],
): Fact {
	const self = { subject: actor.name, ...words };
	const within = [actor.name, ...actor.partOf].flatMap((subject) =>
		[words, ...wider].map((other) => factId({ subject, ...other })),
	);
	return {
		...self,
		risk: riskFor(actor, namespace, risk),
		grants,
		within: within.filter((id) => id !== factId(self)),
	};
}

/** What is harmless in one's own namespace is not in the whole cluster, or in everybody's hands. */
function riskFor({ reach }: Actor, namespace: string | undefined, risk: Risk): Risk {
	if (reach === "anybody") return "public";
	if (risk === "look") return "look";
	return reach !== "one" || namespace === undefined ? "cluster" : risk;
}

function risk(verb: string): Risk {
	return looking.has(verb) ? "look" : "change";
}

function everything(namespace: string | undefined): Words {
	return {
		verb: "do everything in",
		object: namespace === undefined ? "the cluster" : `namespace ${namespace}`,
	};
}

function place(namespace: string | undefined): string {
	return namespace === undefined ? "the whole cluster" : `namespace ${namespace}`;
}

function verbal(verb: string): string {
	return verb === "*" ? "do everything with" : verb;
}

function kind(group: string, resource: string): string {
	if (resource === "*") return group === "*" ? "every object" : `every object of group ${group || "core"}`;
	return group === "" ? resource : `${resource}.${group}`;
}

function covers(list: readonly string[], value: string): boolean {
	return list.includes("*") || list.includes(value);
}

function coversResource(group: string, resource: string, wantedGroup: string, wanted: string): boolean {
	const [, subresource] = wanted.split("/");
	return (
		(group === "*" || group === wantedGroup) &&
		(resource === "*" ||
			resource === wanted ||
			(subresource !== undefined && resource === `*/${subresource}`))
	);
}
