import { expect, test } from "vitest";
import { authorsOf, type ManagedFields } from "../../../cli/drift/field-authors.ts";

const entry = (
	manager: string,
	time: string,
	fieldsV1: ManagedFields["fieldsV1"] = {},
	more: object = {},
) => ({
	manager,
	time,
	fieldsV1,
	...more,
});
const level = { "f:data": { "f:log_level": {} } };
const image = { "f:spec": { "f:template": { "f:spec": { "f:containers": {} } } } };
const label = { "f:metadata": { "f:labels": { "f:app.io/na": {} } } };

test.for<[what: string, fields: readonly ManagedFields[], path: string, managers: readonly string[]]>([
	["who owns the field", [entry("eve", "1", level), entry("bob", "2", image)], "data.log_level", ["eve"]],
	[
		"all who own it, the latest first",
		[entry("eve", "1", level), entry("bob", "2", level)],
		"data.log_level",
		["bob", "eve"],
	],
	[
		"who owns the deepest part of it",
		[entry("eve", "1", image), entry("bob", "2", { "f:spec": { "f:template": {} } })],
		"spec[0].template[0].spec[0].container[0].image",
		["eve"],
	],
	[
		"words of Terraform as those of the API",
		[entry("eve", "1", { "f:spec": { "f:hostNetwork": {} } })],
		"spec[0].host_network",
		["eve"],
	],
	["the object of a manifest", [entry("eve", "1", level)], "object.data.log_level", ["eve"]],
	["a quoted name", [entry("eve", "1", label)], 'metadata[0].labels["app.io/na"]', ["eve"]],
	["nobody, of a field that was removed", [entry("eve", "1", image)], "spec[0].replicas", []],
	[
		"not our own programs",
		[
			entry("HashiCorp", "2", level),
			entry("helm", "3", level),
			entry("terraform-provider-helm_v3.1.2_x5", "3", level),
		],
		"data.log_level",
		[],
	],
	["nobody for a status", [entry("kubelet", "2", level, { subresource: "status" })], "data.log_level", []],
	["nobody where nothing is said", [{}], "data.log_level", []],
	["a whole section", [entry("eve", "1", level)], "data", ["eve"]],
])("names %s", ([, fields, path, managers]) => {
	expect(authorsOf(fields, [path]).map(({ manager }) => manager)).toEqual(managers);
});
