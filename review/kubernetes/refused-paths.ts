import { type Block, block, plain } from "../../world/blocks.ts";
import type { Json } from "../../world/world.ts";
import { type Immutable, immutableFields } from "./immutable-fields.ts";
import { isBelow, type KubernetesChange, snakeCase } from "./kubernetes-change.ts";

/** Changed arguments that the API server refuses, each once and no deeper than the list of immutable ones. */
export function refusedPaths(object: KubernetesChange): string[] {
	const rules = Object.hasOwn(immutableFields, object.kind) ? immutableFields[object.kind] : undefined;
	if (rules === undefined) return [];
	const fields = fixedFields(object, rules);
	const { onlyMutable } = rules;
	const refused = object.paths.flatMap((path) => {
		const field = fields.find((one) => isBelow(path, one));
		if (field !== undefined) return field;
		const free = onlyMutable === undefined || !isBelow(path, "spec");
		return free || onlyMutable.some((one) => isBelow(path, one)) ? [] : path;
	});
	return [...new Set(refused)];
}

/** Arguments that this change may not touch. */
function fixedFields({ change, before, after }: KubernetesChange, rules: Immutable): readonly string[] {
	const { fields = [], firsts = [], rollingUpdate, whenImmutable = [] } = rules;
	const applies = rollingUpdate?.of === "all" || change.type === "kubernetes_manifest";
	const strategy = rollingUpdate === undefined ? undefined : block(valueIn(after, rollingUpdate.path));
	return [
		...fields,
		...firsts.filter((list) => first(valueIn(before, list)) !== first(valueIn(after, list))),
		...(before.immutable === true ? whenImmutable : []),
		...(rollingUpdate !== undefined && applies && plain(strategy?.type) !== "RollingUpdate"
			? [`${rollingUpdate.path}.type`]
			: []),
	];
}

/** The value at `spec.ipFamilies` of an object that may be written in snake case. */
function valueIn(object: Block, path: string): Json | undefined {
	return path
		.split(".")
		.reduce<Json | undefined>((parent, key) => block(parent)[key] ?? block(parent)[snakeCase(key)], object);
}

function first(list: Json | undefined): Json | undefined {
	return Array.isArray(list) ? list[0] : undefined;
}
