import { expect, test } from "vitest";
import type { Arguments, ProviderSchema } from "../../../providers/schema/provider-schema.ts";
import { findingsOf } from "./example-world.ts";

/** What the check says about a block `name` of a schema with these arguments. */
function findingsIn(name: string, names: Arguments, block: object): string[] {
	const schema: ProviderSchema = {
		source: "hashicorp/kubernetes",
		version: "1.0.0",
		provider: { is: "block single", arguments: {} },
		resource: {
			kubernetes_pod: { is: "block single", arguments: { [name]: { is: "block list", arguments: names } } },
		},
		data: {},
		ephemeral: {},
	};
	return findingsOf({ resource: { kubernetes_pod: { one: { [name]: block as never } } } }, schema);
}

const handlers: Arguments = {
	exec: { is: "block list", arguments: {} },
	http_get: { is: "block list", arguments: {} },
	period_seconds: "optional number",
};

test("A probe has one handler, not two", () => {
	expect(findingsIn("liveness_probe", handlers, { exec: {}, http_get: {} })).toEqual([
		"error liveness_probe.http_get: excludes exec. Keep one of exec, http_get.",
	]);
});

test("A probe has one handler, not none", () => {
	expect(findingsIn("liveness_probe", handlers, { period_seconds: 3 })).toEqual([
		"error liveness_probe: one of exec, http_get is needed. Add the one that is meant.",
	]);
});

test("A handler may come from a dynamic block", () => {
	const dynamic = { exec: { for_each: [], content: {} } };
	expect(findingsIn("liveness_probe", handlers, { dynamic })).toEqual([]);
});

test("A volume without source is an empty directory", () => {
	expect(findingsIn("volume", { config_map: { is: "block list", arguments: {} } }, {})).toEqual([]);
});

test("What shares only its name with a union of Kubernetes is left alone", () => {
	expect(
		findingsIn("env", { value: "optional string", name: "optional string" }, { value: "a", name: "b" }),
	).toEqual([]);
});
