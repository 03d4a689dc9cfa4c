import { entry, quota } from "../../config/registry/entry.ts";
import type { Registry } from "../../config/registry/registry.ts";
import { hostLabels, identityNames, stackNames } from "../../config/schema/reserved-names.ts";
import { z } from "../../config/schema/zod.ts";
import type { StackDocument } from "../../world/world.ts";
import { ownerResources } from "../owners/owner-resources.ts";
import { code, markdownTable } from "./markdown-table.ts";

/** Fields of an entry and of its quota. */
export function entryTable(): string {
	return markdownTable(
		["Field", "Type", "Required", "Meaning"],
		[...rows("", entry).filter(([field]) => field !== code("quota")), ...rows("quota.", quota)],
	);
}

function rows(prefix: string, schema: z.ZodObject): string[][] {
	const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: "input" });
	return Object.entries(properties).map(([name, property]) => [
		code(`${prefix}${name}`),
		typeOf(property),
		required.includes(name) ? "yes" : "",
		typeof property === "object" ? (property.description ?? "") : "",
	]);
}

type Property = NonNullable<z.core.JSONSchema.BaseSchema["properties"]>[string];

function typeOf(property: Property): string {
	if (typeof property !== "object") return "";
	if (property.enum) return property.enum.map((value) => code(String(value))).join(", ");
	return property.type === "array" ? "list of strings" : String(property.type ?? "");
}

/** Names that no user of the registry can take. */
export function reservedTable(): string {
	const list = (names: ReadonlySet<string>) => [...names].sort().map(code).join(", ");
	return markdownTable(
		["Reserved as", "Names"],
		[
			["user, namespace and domain", list(stackNames)],
			["user", list(identityNames)],
			["domain, beside the site's `virtualHosts`", list(hostLabels)],
			[
				"namespace",
				"`default`, `kube-*`, `*-deployer`; top-level domains and other names that hosts end with",
			],
		],
	);
}

/** What the stacks make for an owner, by the example of the first of a registry. */
export function ownerResourcesTable(
	documents: readonly StackDocument[],
	{ owners: [owner] }: Registry,
): string {
	if (owner === undefined) return "";
	return markdownTable(
		["Stack", "Object", "Name"],
		ownerResources(documents, owner).map(({ stack, type, name }) => [stack, code(type), code(name)]),
	);
}
