import { blocks, plain } from "../../world/blocks.ts";
import { fromLiteral } from "../../world/literal.ts";
import type { Json, Resource, World } from "../../world/world.ts";
import { type Fact, factId, type Risk } from "./fact.ts";

/** Prefix of the settings of the CI server and its agents. */
export const ciPrefix = "WOODPECKER_";

/**
 * Rights at the CI server: administrators, who may log in and enable repositories, whose pipelines run where, and which
 * plugins are privileged (documentation of Woodpecker 3.17, "Server configuration" and "Agent").
 */
export function* ciFacts(world: World): Iterable<Fact> {
	for (const { settings, grants } of environments(world)) {
		const fact = (subject: string, verb: string, object: string, risk: Risk): Fact => ({
			subject,
			verb,
			object,
			risk,
			grants,
		});
		const list = (name: string) =>
			(settings[`${ciPrefix}${name}`] ?? "").split(",").flatMap((one) => one.trim() || []);
		for (const login of list("ADMIN"))
			yield fact(`CI user ${login}`, "administer", "CI: every repository, pipeline and secret", "cluster");
		if (settings.WOODPECKER_OPEN === "true") yield* registration(fact, list("ORGS"), list("REPO_OWNERS"));
		for (const image of list("PLUGINS_PRIVILEGED"))
			yield fact(
				`plugin ${image.replace(/:[^:/]*$/, "")}`,
				"run",
				"privileged in every pipeline",
				"escalation",
			);
		for (const image of list("PLUGINS_TRUSTED_CLONE"))
			yield fact(
				`plugin ${image.replace(/:[^:/]*$/, "")}`,
				"get",
				"credentials of the forge when it clones",
				"escalation",
			);
		if (
			settings.WOODPECKER_DEFAULT_APPROVAL_MODE !== undefined &&
			settings.WOODPECKER_DEFAULT_APPROVAL_MODE !== "all_events"
		)
			yield fact(
				"whoever may push to a repository of CI",
				"run",
				"its pipelines without approval",
				"escalation",
			);
		yield* agent(settings, fact);
	}
}

type Make = (subject: string, verb: string, object: string, risk: Risk) => Fact;

function* registration(
	fact: Make,
	organisations: readonly string[],
	owners: readonly string[],
): Iterable<Fact> {
	const everybody = fact("everybody at the forge", "log in to", "CI", "cluster");
	if (organisations.length === 0) yield everybody;
	for (const name of organisations)
		yield {
			...fact(`members of organisation ${name}`, "log in to", "CI", "escalation"),
			within: [factId(everybody)],
		};
	const all = fact("every repository of the forge", "use", "CI", "escalation");
	if (owners.length === 0) yield all;
	for (const name of owners)
		yield { ...fact(`repositories of ${name}`, "use", "CI", "escalation"), within: [factId(all)] };
}

/** Whose pipelines an agent takes, where they run, and as whom. */
function* agent(settings: Readonly<Record<string, string>>, fact: Make): Iterable<Fact> {
	const namespace = settings.WOODPECKER_BACKEND_K8S_NAMESPACE;
	if (namespace === undefined) return;
	const labels = (settings.WOODPECKER_AGENT_LABELS ?? "").split(",");
	const label = (name: string) =>
		labels
			.map((one) => one.replace(/^!/, ""))
			.find((one) => one.startsWith(`${name}=`))
			?.slice(name.length + 1);
	const repository = label("repo");
	const branch = label("woodpecker-ci.org/commit-branch");
	const pipelines =
		repository === undefined || repository === "*"
			? "pipelines of every repository of CI"
			: `pipelines of ${repository}${branch === undefined ? "" : ` for branch ${branch}`}`;
	yield fact(pipelines, "run pods in", `namespace ${namespace}`, "escalation");
	if (settings.WOODPECKER_BACKEND_K8S_SERVICE_ACCOUNT_NAME_ALLOW_FROM_STEP === "true")
		yield fact(pipelines, "act as", `service accounts of namespace ${namespace}`, "escalation");
}

/** Settings by variable, wherever a chart or a pod has them. */
function environments({ stacks }: World) {
	return stacks
		.flatMap(({ resources }) => resources)
		.flatMap((resource: Resource) => {
			const found: Record<string, string>[] = [];
			for (const value of chartValues(resource)) collect(value, found);
			if (resource.type !== "helm_release") collect(resource.arguments as Json, found);
			return found.map((settings) => ({ settings, grants: [resource] }));
		});
}

/** Values of a release that are written as JSON. */
export function chartValues({ type, arguments: given }: Resource): readonly Json[] {
	if (type !== "helm_release" || !Array.isArray(given.values)) return [];
	return given.values.flatMap((text) => {
		try {
			return typeof text === "string" ? [JSON.parse(fromLiteral(text)) as Json] : [];
		} catch {
			return [];
		}
	});
}

/** Maps, and lists of `name` and `value`, with settings of the CI server. */
function collect(value: Json | undefined, found: Record<string, string>[]): void {
	if (Array.isArray(value)) {
		const pairs = blocks(value, "").flatMap(({ block: one }) => {
			const [name, text] = [plain(one.name), plain(one.value)];
			return name?.startsWith(ciPrefix) && text !== undefined ? [[name, text] as const] : [];
		});
		if (pairs.length > 0) found.push(Object.fromEntries(pairs));
		for (const item of value) collect(item, found);
	} else if (typeof value === "object" && value !== null) {
		const own = Object.entries(value).flatMap(([name, item]) => {
			const text = name.startsWith(ciPrefix) ? plain(item) : undefined;
			return text === undefined ? [] : [[name, text] as const];
		});
		if (own.length > 0) found.push(Object.fromEntries(own));
		for (const item of Object.values(value)) collect(item, found);
	}
}
