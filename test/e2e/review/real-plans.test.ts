import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { summarizePlan } from "../../../review/plan/plan-summary.ts";
import { reviewStack } from "../../../review/review-stack.ts";
import { type Json, readDocument } from "../../../world/world.ts";
import { worldOf } from "../../policy/world.ts";
import { ControlPlane, controlPlanePrograms } from "../harness/control-plane.ts";
import { needsPrograms } from "../harness/programs.ts";
import { TerraformFolder } from "../harness/terraform-folder.ts";

const ready = needsPrograms(...controlPlanePrograms, "terraform");
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-plans-`));
const namespaced = "/api/v1/namespaces/default";
let plane: ControlPlane;
let terraform: TerraformFolder;
let missing: string | undefined;

type Blocks = Readonly<Record<string, Json>>;

const metadata = (name: string) => ({ name, namespace: "default" });
const pods = (name: string, image: string, claim?: string) => ({
	metadata: { labels: { app: name } },
	spec: {
		termination_grace_period_seconds: 60,
		container: [{ name: "main", image, env_from: [{ secret_ref: { name: "password" } }] }],
		...(claim === undefined
			? {}
			: { volume: [{ name: "data", persistent_volume_claim: { claim_name: claim } }] }),
	},
});
const deployment = (name: string, image: string, spec: Blocks, claim?: string) => ({
	wait_for_rollout: false,
	metadata: metadata(name),
	spec: { ...spec, selector: { match_labels: { app: name } }, template: pods(name, image, claim) },
});
const claim = (name: string) => ({
	wait_until_bound: false,
	metadata: metadata(name),
	spec: { access_modes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
});

/** The world of a site before a change, and after it. */
function resources(changed: boolean): Blocks {
	return {
		kubernetes_deployment_v1: {
			single: deployment("single", changed ? "web:2.0.0" : "web:1.9.0", { strategy: { type: "Recreate" } }),
			pair: deployment("pair", changed ? "web:1.9.1" : "web:1.9.0", { replicas: 2 }),
			moved: deployment("moved", "web:1", {}, changed ? "new" : "old"),
		},
		kubernetes_persistent_volume_claim_v1: {
			old: claim("old"),
			...(changed ? { new: claim("new") } : { gone: claim("gone") }),
		},
		kubernetes_secret_v1: {
			password: {
				metadata: metadata("password"),
				data_wo: { word: changed ? "new-and-secret" : "old-and-secret" },
				data_wo_revision: changed ? 2 : 1,
			},
		},
		kubernetes_config_map_v1: {
			drifted: { metadata: metadata("drifted"), data: { text: "one\ntwo\n" } },
			[changed ? "renamed" : "named"]: { metadata: metadata("renamed"), data: { a: "1" } },
			...(changed ? { adopted: { metadata: metadata("adopted"), data: { a: "2" } } } : {}),
		},
	};
}

function document(changed: boolean) {
	const json = {
		terraform: { required_providers: { kubernetes: { source: "hashicorp/kubernetes" } } },
		provider: { kubernetes: { config_path: plane.kubeconfig } },
		resource: resources(changed),
		...(changed
			? {
					import: [{ to: "kubernetes_config_map_v1.adopted", id: "default/adopted" }],
					moved: [{ from: "kubernetes_config_map_v1.named", to: "kubernetes_config_map_v1.renamed" }],
				}
			: {}),
	};
	return readDocument("first", json);
}

beforeAll(async () => {
	if (!ready) return;
	const planeFolder = join(folder, "plane");
	mkdirSync(planeFolder);
	plane = await ControlPlane.start(planeFolder);
	terraform = new TerraformFolder(join(folder, "stack"), {});
	terraform.write(document(false));
	missing = await terraform.providersMissing();
	if (missing !== undefined) return;
	await terraform.apply();
	await plane.ask("PATCH", `${namespaced}/configmaps/drifted`, { data: { text: "one\nthree\n" } });
	await plane.ask("POST", `${namespaced}/configmaps`, { metadata: { name: "adopted" }, data: { a: "1" } });
}, 300_000);

afterAll(async () => {
	await plane?.stop();
	rmSync(folder, { recursive: true });
});

beforeEach(({ skip }) => {
	if (!ready) skip();
	if (missing !== undefined) skip(missing);
});

test("a real plan of the Kubernetes provider is read as it is meant", { timeout: 200_000 }, async () => {
	terraform.write(document(true));
	const plan = await terraform.planned();
	const after = { ...worldOf(), stacks: [document(true)] };
	const paths = new Map(document(true).resources.map(({ address, path }) => [address, path]));
	const summary = summarizePlan("first", plan, (address) => paths.get(address));
	const findings = reviewStack({ summary, warnings: [], errors: [], before: undefined, after });
	expect(
		findings.map(
			({ class: name, risk, address, message }) => `${risk} ${name} ${address.split(".")[1]}: ${message}`,
		),
	).toEqual([
		"danger data-lost gone: is deleted: its volume is deleted with it",
		"danger empty-volume moved: starts on the new and empty claim new; its data is in old",
		"caution pods-restart single: all of its pods stop before new ones start (Recreate): up to 60 s to stop, no probe says how long to start",
		"caution secret-rotates password: data_wo_revision gets a new value, read by single, pair, moved",
		"caution version-changes single: web goes from 1.9.0 to 2.0.0, a major step",
		"caution state-changes adopted: is taken into the state, and changed to what the code says: data.a",
		"notice pods-restart moved: its only pod is exchanged: the old one stops once the new one is ready, and connections to it end; up to 60 s to stop, no probe says how long to start",
		"notice pods-restart pair: its 2 pods are exchanged, at most 0 down at once: connections to each end with it; up to 60 s to stop, no probe says how long to start",
		"notice version-changes pair: web goes from 1.9.0 to 1.9.1, a patch",
		"notice state-changes renamed: was kubernetes_config_map_v1.named",
		"notice drifted drifted: was changed outside: data.text; this plan undoes it",
	]);
	expect(JSON.stringify({ summary, findings })).not.toContain("and-secret");
});

/** A chart in a folder: one ConfigMap with a value. */
function writeChart(version: string): string {
	const chart = join(folder, "chart");
	mkdirSync(join(chart, "templates"), { recursive: true });
	writeFileSync(join(chart, "Chart.yaml"), `apiVersion: v2\nname: greeter\nversion: ${version}\n`);
	writeFileSync(
		join(chart, "templates", "greeting.yaml"),
		"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: greeting\ndata:\n  word: {{ .Values.word }}\n",
	);
	return chart;
}

const release = (version: string, word: string, timeout: number) =>
	readDocument("first", {
		terraform: { required_providers: { helm: { source: "hashicorp/helm" } } },
		provider: { helm: { kubernetes: { config_path: plane.kubeconfig } } },
		resource: {
			helm_release: {
				greeter: {
					name: "greeter",
					namespace: "default",
					chart: writeChart(version),
					values: [`word: ${word}\n`],
					timeout,
				},
			},
		},
	});

test("a real plan of the Helm provider is read as it is meant", { timeout: 200_000 }, async ({ skip }) => {
	const helm = new TerraformFolder(join(folder, "release"), {});
	helm.write(release("1.2.0", "hello", 300));
	const lacking = await helm.providersMissing();
	if (lacking !== undefined) skip(lacking);
	await helm.apply();
	const found = async (document: ReturnType<typeof release>) => {
		helm.write(document);
		const summary = summarizePlan("first", await helm.planned(), () => undefined);
		const after = { ...worldOf(), stacks: [document] };
		const findings = reviewStack({ summary, warnings: [], errors: [], before: undefined, after });
		return findings.map(({ class: name, risk, message }) => `${risk} ${name}: ${message}`);
	};
	expect(await found(release("1.2.0", "hello", 400))).toEqual([]);
	expect(await found(release("2.0.0", "goodbye", 300))).toEqual([
		"caution release-changes: objects of the release change with its values, version, and are not in the plan",
		expect.stringMatching(/^caution version-changes: chart \S+ goes from 1\.2\.0 to 2\.0\.0, a major step$/),
	]);
});
