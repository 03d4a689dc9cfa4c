import { expect, test } from "vitest";
import { loadRegistry } from "../../../clients/vault/load-registry.ts";
import { loadSite } from "../../../config/load-site.ts";
import { definitionOf, foreignKinds } from "../../../lab/foreign-kinds.ts";
import { keptProducts, moduleVersion } from "../../../lab/products/kept-kinds.ts";
import { loadStacks } from "../../../stacks/catalogue.ts";
import { InfraApp } from "../../../stacks/infra-app.ts";
import { at } from "../../synth.ts";

const stacks = await loadStacks();

/** External Secrets: served since 0.16, and the only one since 0.17. */
test("the lab serves the version of External Secrets that the operator serves, and not the one before it", () => {
	const secrets = foreignKinds.filter(({ group }) => group === "external-secrets.io");
	expect(secrets.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["ExternalSecret", "SecretStore"]));
	for (const one of secrets)
		expect(definitionOf(one).spec.versions).toEqual([
			expect.objectContaining({ name: "v1", served: true, storage: true }),
			expect.objectContaining({ name: "v1beta1", served: false, storage: false }),
		]);
});

test("a kind that no stack writes is in no lab, and each that one writes is", () => {
	expect(foreignKinds.map(({ kind }) => kind)).toEqual(
		expect.arrayContaining([
			"ClusterCleanupPolicy",
			"ClusterPolicy",
			"ExternalSecret",
			"Middleware",
			"SecretStore",
		]),
	);
	expect(foreignKinds).toHaveLength(5);
});

/** A newer product in `tools/` brings its own kinds, which are to be read anew. */
test.for([
	["external-secrets", "github.com/external-secrets/external-secrets"],
	["kyverno", "github.com/kyverno/kyverno"],
	["traefik", "github.com/traefik/traefik/v3"],
] as const)("the kinds of %s are those of the version that the lab builds", ([tool, module]) => {
	expect(keptProducts[tool].version, "out of date: `npm run kinds` writes them anew").toBe(
		moduleVersion(tool, module),
	);
});

test.for(["home", "lab"])(
	"every object of an operator in %s is of a version that is served",
	async (name) => {
		const registry = await loadRegistry(await loadSite("lab"));
		const { documents } = new InfraApp({ site: await loadSite(name), registry, stacks }).check();
		const groups = new Set<string>(foreignKinds.map(({ group }) => group));
		const served = foreignKinds.map(({ group, version, kind }) => `${group}/${version} ${kind}`);
		const written = documents
			.flatMap(({ resources }) => resources)
			.filter(({ type }) => type === "kubernetes_manifest")
			.map((resource) => [String(at(resource, "manifest.apiVersion")), String(at(resource, "manifest.kind"))])
			.filter(([version = ""]) => groups.has(version.split("/")[0] ?? ""))
			.map(([version, kind]) => `${version} ${kind}`);
		expect(written).toContainEqual(expect.stringMatching(/^external-secrets\.io\//));
		expect(written.filter((one) => !served.includes(one))).toEqual([]);
	},
);
