import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { loadRegistry } from "../../../clients/vault/load-registry.ts";
import { parseSite } from "../../../config/parse-site.ts";
import { projectRoot } from "../../../config/project-root.ts";
import lab from "../../../config/sites/lab.ts";
import { setApiVersion } from "../../../engine/state/rewrite/api-version.ts";
import { objectsOf } from "../../../engine/state/rewrite/move-objects.ts";
import { nextVersion, parseState, renderState } from "../../../engine/state/rewrite/state-document.ts";
import { definitionOf, definitionsPath, foreignKinds } from "../../../lab/foreign-kinds.ts";
import { loadStack } from "../../../stacks/catalogue.ts";
import { InfraApp } from "../../../stacks/infra-app.ts";
import type { Json } from "../../../world/world.ts";
import { mergePatch } from "../../merge-patch.ts";
import { ControlPlane, controlPlanePrograms } from "../harness/control-plane.ts";
import { needsPrograms } from "../harness/programs.ts";
import { TerraformFolder } from "../harness/terraform-folder.ts";
import { waitFor } from "../harness/wait-for.ts";
import { discovery } from "./discovery.ts";

const woodpecker = await loadStack("woodpecker");

const ready = needsPrograms(...controlPlanePrograms, "terraform");
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-version-`));
const stackFolder = join(folder, "stack");
const definition = `${definitionsPath}/externalsecrets.external-secrets.io`;
const objects = (version: string) =>
	`/apis/external-secrets.io/${version}/namespaces/woodpecker/externalsecrets`;
let plane: ControlPlane;
let terraform: TerraformFolder;
let missing: string | undefined;

/** The stack's External Secrets alone, as it writes them, or as it wrote them before. */
async function document(version: "v1" | "v1beta1") {
	const site = parseSite(mergePatch(lab, { cluster: { kubeconfig: plane.kubeconfig } }));
	const registry = await loadRegistry(site);
	const [stack] = new InfraApp({ site, registry, stacks: [woodpecker], outdir: join(folder, "out") }).stacks;
	if (stack === undefined) throw new Error("the app has no stack");
	const { json } = stack.synthesizeOnce();
	const text = JSON.stringify((json.resource as Record<string, Json>).kubernetes_manifest)
		.replaceAll("external-secrets.io/v1", `external-secrets.io/${version}`)
		// The namespace is not one of them.
		.replaceAll(/\$\{kubernetes_namespace_v1\.[^}]*\}/g, "woodpecker");
	const manifests = Object.entries(JSON.parse(text) as Record<string, { manifest: { kind: string } }>);
	const kept = manifests.filter(([, { manifest }]) => manifest.kind === "ExternalSecret");
	const { kubernetes: source } = (json.terraform as { required_providers: Record<string, Json> })
		.required_providers;
	const { kubernetes: provider } = json.provider as Record<string, Json>;
	return {
		json: {
			terraform: { required_providers: { kubernetes: source } },
			provider: { kubernetes: provider },
			resource: { kubernetes_manifest: Object.fromEntries(kept) },
		},
	};
}

/** The operator's definition, as an older one has it that serves both, or as it is now. */
async function define(both: boolean): Promise<void> {
	const kind = foreignKinds.find(({ plural }) => plural === "externalsecrets");
	if (kind === undefined) throw new Error("the lab has no such kind");
	const current = definitionOf(kind);
	const versions = current.spec.versions.map((one) => ({ ...one, served: both || one.served }));
	const body = { ...current, spec: { ...current.spec, versions } };
	if (both) await plane.ask("POST", definitionsPath, body);
	else await plane.ask("PATCH", definition, { spec: { versions } });
	const served = async (version: string) => (await plane.ask("GET", objects(version))).status;
	await waitFor(
		"the versions are served, and clients find them",
		async () => {
			const has = await discovery(plane);
			const found = (version: string) => has({ ...kind, version });
			if (!found("v1") || found("v1beta1") !== both) return false;
			return (await served("v1")) === 200 && (await served("v1beta1")) === (both ? 200 : 404);
		},
		{ within: 60_000, every: 200 },
	);
}

const uids = async () => {
	const { body } = await plane.ask("GET", objects("v1"));
	return body.items.map(({ metadata }: { metadata: { name: string; uid: string } }) => [
		metadata.name,
		metadata.uid,
	]);
};

const runbook = readFileSync(join(projectRoot, "docs/runbooks/platform.md"), "utf8");

beforeAll(async () => {
	if (!ready) return;
	mkdirSync(join(folder, "plane"));
	plane = await ControlPlane.start(join(folder, "plane"));
	await plane.ask("POST", "/api/v1/namespaces", { metadata: { name: "woodpecker" } });
	terraform = new TerraformFolder(stackFolder, {});
	terraform.write(await document("v1beta1"));
	missing = await terraform.providersMissing();
});
beforeEach(({ skip }) => {
	if (missing !== undefined) skip(missing);
});
afterAll(async () => {
	await plane?.stop();
	rmSync(folder, { recursive: true });
});

test("a state of the old version is moved by the runbook, and no object is made again", async () => {
	await define(true);
	await terraform.apply();
	const before = await uids();
	expect(before.length).toBeGreaterThan(1);

	terraform.write(await document("v1"));
	expect((await terraform.plan()).map(({ actions }) => actions)).toEqual(
		before.map(() => ["delete", "create"]),
	);

	await define(false);
	await expect(terraform.plan()).rejects.toThrow("cannot select exact GV");

	// What the command of the runbook makes of the state.
	const [, version = ""] = /^infra state retype .* --api-version (\S+)$/m.exec(runbook) ?? [];
	const file = join(stackFolder, "terraform.tfstate");
	const state = parseState(readFileSync(file, "utf8"));
	const retyped = objectsOf(state).reduce((next, address) => setApiVersion(next, address, version), state);
	writeFileSync(file, renderState(nextVersion(retyped)));
	expect(await terraform.plan()).toEqual([]);
	expect(await uids()).toEqual(before);
}, 240_000);
