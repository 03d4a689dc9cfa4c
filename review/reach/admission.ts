import { deployerRules } from "../../constructs/platform/admission/deployers.ts";
import { block, blocks, plain } from "../../world/blocks.ts";
import { type KubernetesObject, kubernetesObjects } from "../../world/kubernetes-objects.ts";
import { labelSelector, labelsOf, selects, textList } from "../../world/label-selector.ts";
import { fromLiteral } from "../../world/literal.ts";
import { oncePer } from "../../world/once-per.ts";
import type { Resource, World } from "../../world/world.ts";
import { type Fact, factId } from "./fact.ts";
import { ownNamespaces } from "./pod-groups.ts";

const levels = ["restricted", "baseline", "privileged"] as const;
const levelLabel = "pod-security.kubernetes.io/enforce";

/** What Pod Security leaves open at each level, beside the stricter ones. */
const openAt = {
	restricted: [],
	baseline: ["run as root"],
	privileged: ["run as root", "run privileged"],
} as const;

/**
 * What admission leaves open: Pod Security levels of namespaces, exemptions from the policies of the engine, and policies
 * of the API server that no longer look at a namespace.
 */
export function* admissionFacts(world: World, compared: readonly World[]): Iterable<Fact> {
	for (const [name, resource] of ownNamespaces(world)) yield* podSecurity(name, resource);
	yield* exemptions(world, compared);
	yield* unchecked(world, compared);
}

function* podSecurity(name: string, resource: Resource): Iterable<Fact> {
	const label = plain(block(block(resource.arguments.metadata).labels)[levelLabel]);
	const level = levels.find((one) => one === label) ?? "privileged";
	for (const right of openAt[level]) {
		const [verb = "", ...rest] = right.split(" ");
		yield {
			subject: `pods of namespace ${name}`,
			verb,
			object: rest.join(" "),
			risk: level === "privileged" ? "escalation" : "look",
			grants: [resource],
		};
	}
}

interface EnginePolicy {
	readonly name: string;
	readonly resource: Resource;
	/** Namespaces that a rule of it leaves out. */
	readonly exempt: readonly string[];
	/** What it says to whom it refuses. */
	readonly message: string;
}

/** Rules of the engine that validate; those that only change objects keep nothing out. */
const enginePolicies = oncePer((world: World): readonly EnginePolicy[] =>
	kubernetesObjects(world)
		.all.filter(({ kind }) => kind === "cluster_policy")
		.flatMap(({ name, resource }) =>
			blocks(block(block(resource.arguments.manifest).spec).rules, "").flatMap(({ block: rule }) => {
				if (rule.validate === undefined) return [];
				const exempt = blocks(block(rule.exclude).any, "").flatMap(({ block: one }) =>
					textList(block(one.resources).namespaces),
				);
				return [{ name, resource, exempt, message: plain(block(rule.validate).message) ?? "" }];
			}),
		),
);

function* exemptions(world: World, compared: readonly World[]): Iterable<Fact> {
	const here = enginePolicies(world);
	const fact = (subject: string, name: string, message: string, grants: readonly Resource[]): Fact => ({
		subject,
		verb: "ignore",
		object: `policy ${name} (${message})`,
		risk: "escalation",
		grants,
	});
	for (const { name, resource, exempt, message } of here)
		for (const namespace of exempt) {
			const one = fact(`pods of namespace ${namespace}`, name, message, [resource]);
			yield { ...one, within: [factId({ ...one, subject: "pods of every namespace" })] };
		}
	for (const { name, message } of compared.flatMap(enginePolicies))
		if (!here.some((one) => one.name === name)) yield fact("pods of every namespace", name, message, []);
}

/**
 * Whether tokens of deployers change images and nothing else in a namespace: a policy of the world with the project's own
 * condition refuses the rest there. A condition in other words is not understood, and counts as none.
 */
export function deployersSetImagesOnly(world: World, namespace: string): boolean {
	const expressions = deployerRules.flatMap(({ validations }) =>
		validations.map(({ expression }) => expression),
	);
	const { find } = kubernetesObjects(world);
	return apiPolicies(world).some(({ name, namespaces }) => {
		const policy = find("validating_admission_policy", "default", name);
		const written = blocks(block(block(policy?.resource.arguments.manifest).spec).validations, "");
		return (
			namespaces.includes(namespace) &&
			expressions.every((one) =>
				written.some(({ block: validation }) => fromLiteral(String(validation.expression)) === one),
			)
		);
	});
}

interface ApiPolicy {
	readonly name: string;
	readonly binding: KubernetesObject;
	/** Namespaces of the world that it is bound to and refuses in. */
	readonly namespaces: readonly string[];
}

const apiPolicies = oncePer((world: World): readonly ApiPolicy[] => {
	const { all, find } = kubernetesObjects(world);
	return all
		.filter(({ kind }) => kind === "validating_admission_policy_binding")
		.map((binding) => {
			const spec = block(block(binding.resource.arguments.manifest).spec);
			const name = plain(spec.policyName) ?? "";
			const selector = labelSelector(block(spec.matchResources).namespaceSelector);
			const inForce =
				textList(spec.validationActions).includes("Deny") &&
				find("validating_admission_policy", "default", name) !== undefined;
			return {
				name,
				binding,
				namespaces: inForce
					? [...ownNamespaces(world)].flatMap(([namespace, { arguments: given }]) => {
							const labels = labelsOf(block(block(given.metadata).labels));
							const all = { ...labels, "kubernetes.io/metadata.name": namespace };
							return selector === undefined || selects(selector, all) ? [namespace] : [];
						})
					: [],
			};
		});
});

/** A policy of the API server looks at a namespace in one world only. Of one that it never looked at nothing is said. */
function* unchecked(world: World, compared: readonly World[]): Iterable<Fact> {
	const here = apiPolicies(world);
	const own = ownNamespaces(world);
	for (const { name, namespaces } of compared.flatMap(apiPolicies))
		for (const namespace of namespaces) {
			const resource = own.get(namespace);
			if (resource === undefined) continue;
			if (here.some((one) => one.name === name && one.namespaces.includes(namespace))) continue;
			yield {
				subject: `requests in namespace ${namespace}`,
				verb: "ignore",
				object: `policy ${name} of the API server`,
				risk: "escalation",
				grants: [here.find((one) => one.name === name)?.binding.resource ?? resource],
			};
		}
}
