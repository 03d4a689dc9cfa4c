import { expect, test } from "vitest";
import { pipelineOwnerOf } from "../../../cli/owners/pipeline-owner.ts";
import { parseRegistry } from "../../../config/registry/parse-registry.ts";

const owner = (name: string, more: object = {}) => ({
	role: "namespace-owner",
	email: `${name}@example.com`,
	namespaces: [name],
	...more,
});
const registry = parseRegistry(
	JSON.stringify({
		alice: owner("alice", { namespaces: ["alice", "crew"], ci_org_id: 2 }),
		bob: owner("bob", { namespaces: ["bob", "crew"], ci_org_id: 3 }),
		erin: owner("erin"),
		finn: owner("finn", { namespaces: ["finn", "alice"], ci_org_id: 4, disabled: true }),
	}),
);

test.for<[namespace: string, named: string | undefined, owner: string]>([
	["alice", undefined, "alice"],
	["alice", "alice", "alice"],
	["crew", "bob", "bob"],
])("the pipeline for namespace %s, of %s, is that of %s", ([namespace, named, expected]) => {
	expect(pipelineOwnerOf(registry, namespace, named)).toBe(expected);
});

test.for<[namespace: string, named: string | undefined, problem: string]>([
	["zoo", undefined, "namespace zoo has no active owner"],
	["finn", undefined, "namespace finn has no active owner"],
	["crew", undefined, "namespace crew has several owners: say --owner, one of alice, bob"],
	["alice", "bob", "bob has no rights in namespace alice: expected alice"],
	["alice", "finn", "finn has no rights in namespace alice: expected alice"],
	["erin", undefined, "erin has no ci_org_id, so that no agent runs their pipelines"],
])("there is none for namespace %s, of %s: %s", ([namespace, named, problem]) => {
	expect(() => pipelineOwnerOf(registry, namespace, named)).toThrow(problem);
});
