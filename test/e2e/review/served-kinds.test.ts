import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { askServedKinds } from "../../../clients/kubernetes/discovery.ts";
import { loadSite } from "../../../config/load-site.ts";
import type { Site } from "../../../config/schema/site.ts";
import { findTerraform } from "../../../engine/binary.ts";
import { planStack, type StackPlan } from "../../../engine/plan/plan-stack.ts";
import { setApiVersion } from "../../../engine/state/rewrite/api-version.ts";
import { nextVersion, parseState, renderState } from "../../../engine/state/rewrite/state-document.ts";
import { WorkingDirectory } from "../../../engine/working-directory.ts";
import { definitionsPath } from "../../../lab/foreign-kinds.ts";
import type { ChangeFinding } from "../../../review/finding.ts";
import { serviceOf } from "../../../review/served/served-kinds.ts";
import { providers } from "../../../stacks/providers.ts";
import { TerraformError } from "../../../terminal/terraform-error.ts";
import { UsageError } from "../../../terminal/usage-error.ts";
import { type Json, readDocument, type StackDocument } from "../../../world/world.ts";
import { mergePatch } from "../../merge-patch.ts";
import { ControlPlane, controlPlanePrograms } from "../harness/control-plane.ts";
import { needsPrograms } from "../harness/programs.ts";
import { waitFor } from "../harness/wait-for.ts";
import { group, kindNamed, manifest, metadata } from "./guard-kinds.ts";
import { olderServer } from "./older-api-server.ts";

const ready = needsPrograms(...controlPlanePrograms, "kubectl", "terraform");
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-served-`));
let plane: ControlPlane;
let site: Site;
let missing: string | undefined;

type Types = Readonly<Record<string, Readonly<Record<string, object>>>>;

function document(stack: string, resource: Types): StackDocument {
	const { kubernetes } = providers;
	return readDocument(stack, {
		terraform: {
			required_providers: {
				kubernetes: { source: "hashicorp/kubernetes", version: kubernetes?.version ?? "" },
			},
			backend: { local: { path: stateOf(stack) } },
		},
		provider: { kubernetes: { config_path: plane.kubeconfig } },
		output: { site: { value: "lab" } },
		...(Object.keys(resource).length > 0 && { resource: resource as unknown as Json }),
	});
}

const stateOf = (stack: string) => join(folder, `${stack}.tfstate`);

const autoscaling = {
	max_replicas: 2,
	scale_target_ref: { api_version: "apps/v1", kind: "Deployment", name: "a" },
};

/** Plans a stack, and applies the plan where that is wanted. @param others further stacks of the world */
async function plan(
	stack: string,
	resource: Types,
	{ apply = false, others = [] }: { apply?: boolean; others?: StackDocument[] } = {},
): Promise<StackPlan> {
	const own = document(stack, resource);
	const directory = new WorkingDirectory({
		terraform: await findTerraform(),
		document: own,
		world: { site, stacks: [own, ...others] },
		output: join(folder, "out"),
		site: "lab",
		stateTier: 1,
		verbose: false,
		env: process.env,
	});
	return directory.held(async () => {
		const planned = await planStack(directory);
		if (apply) await directory.apply(() => {});
		return planned;
	});
}

/** What is known of a plan that fails, each finding with its remedy. */
async function causes(planning: Promise<StackPlan>): Promise<string[]> {
	const error = await planning.then(
		() => undefined,
		(reason: unknown) => reason,
	);
	if (!(error instanceof TerraformError)) throw error ?? new Error("the plan has not failed");
	return (error.failure.findings ?? []).map(textOf);
}

const textOf = ({ class: name, risk, address, message, remedy }: ChangeFinding) =>
	`${risk} ${name} ${address}: ${message} | ${remedy}`;
const ofKinds = ({ findings }: StackPlan) =>
	findings.filter((finding) => finding.class === "cannot-apply").map(textOf);

async function define(definition: ReturnType<typeof kindNamed>): Promise<void> {
	const path = `${definitionsPath}/${definition.metadata.name}`;
	const there = (await plane.ask("GET", path)).status === 200;
	await plane.ask(there ? "PATCH" : "POST", there ? path : definitionsPath, definition);
	const { kind } = definition.spec.names;
	const served = async (version: string) =>
		serviceOf(await askServedKinds(site), { group, version, kind }).is === "served";
	await waitFor(
		`${kind} is served so`,
		async () => {
			const all = await Promise.all(definition.spec.versions.map(({ name }) => served(name)));
			return definition.spec.versions.every((version, index) => version.served === all[index]);
		},
		{ within: 60_000 },
	);
}

beforeAll(async () => {
	if (!ready) return;
	mkdirSync(join(folder, "plane"));
	plane = await ControlPlane.start(join(folder, "plane"));
	site = mergePatch(await loadSite("lab"), { cluster: { kubeconfig: plane.kubeconfig } }) as Site;
	try {
		await plan("first", {});
	} catch (error) {
		if (!(error instanceof UsageError)) throw error;
		missing =
			"terraform init cannot install the providers: a registry, a mirror or the plugin folder enables it";
		return;
	}
	await define(kindNamed("Guard", "v1", "v2"));
	await plane.ask("POST", "/apis/apiregistration.k8s.io/v1/apiservices", {
		metadata: { name: "v1beta1.metrics.k8s.io" },
		spec: {
			group: "metrics.k8s.io",
			version: "v1beta1",
			service: { name: "nobody", namespace: "kube-system" },
			groupPriorityMinimum: 100,
			versionPriority: 100,
			insecureSkipTLSVerify: true,
		},
	});
	await waitFor(
		"the API server knows of a service that is down",
		async () => (await askServedKinds(site)).get("metrics.k8s.io")?.some(({ complete }) => !complete),
		{ within: 60_000 },
	);
}, 300_000);
beforeEach(({ skip }) => {
	if (missing !== undefined) skip(missing);
});
afterAll(async () => {
	await plane?.stop();
	rmSync(folder, { recursive: true });
});

const minutes = { timeout: 240_000 };

test.concurrent(
	"a plan that fails names each object of a kind or version that is not served",
	minutes,
	async () => {
		const definitions = [
			document("definitions", { kubernetes_manifest: { lock: { manifest: kindNamed("Lock", "v1") } } }),
		];
		expect(
			await causes(
				plan(
					"unserved",
					{
						kubernetes_manifest: {
							kind: manifest("unknown.example.org/v1", "Thing"),
							version: manifest("policy/v1beta1", "PodDisruptionBudget"),
							older: manifest(`${group}/v1`, "Guard"),
							lock: manifest(`${group}/v1`, "Lock"),
							own: { manifest: kindNamed("Door", "v1") },
							door: manifest(`${group}/v1`, "Door"),
						},
						kubernetes_config_map_v1: { served: { metadata } },
					},
					{ others: definitions },
				),
			),
		).toEqual([
			`failure cannot-apply kubernetes_manifest.kind: Thing of unknown.example.org/v1 is not served: the server has no such kind | Install what defines unknown.example.org, in a stack that is deployed before or beside them, and plan again.`,
			`failure cannot-apply kubernetes_manifest.version: PodDisruptionBudget of policy/v1beta1 is not served: the server has it as policy/v1 | Write it as policy/v1.`,
			`failure cannot-apply kubernetes_manifest.lock: Lock of ${group}/v1 is not served: the server has no such kind, and it comes with definitions/lock of the stack definitions | Deploy the stack definitions first.`,
			`failure cannot-apply kubernetes_manifest.door: Door of ${group}/v1 is not served: the server has no such kind, and it comes with unserved/own of this stack unserved | Move the definition to a stack that is deployed before: the provider asks the server for the kind while it plans.`,
		]);
	},
);

test.concurrent(
	"a type whose version is gone is planned, found, and refused by the apply",
	minutes,
	async () => {
		const spec = autoscaling;
		const types = { kubernetes_horizontal_pod_autoscaler_v2beta2: { a: { metadata, spec } } };
		expect(ofKinds(await plan("typed", types))).toEqual([
			"failure cannot-apply kubernetes_horizontal_pod_autoscaler_v2beta2.a: horizontalpodautoscaler of v2beta2 is not served: the server has it as autoscaling/v2, autoscaling/v1 | Write it as autoscaling/v2.",
		]);
		await expect(plan("typed", types, { apply: true })).rejects.toMatchObject({
			failure: { command: "apply", diagnostics: [{ summary: expect.stringContaining("could not find") }] },
		});
	},
);

test.concurrent("a version that is served and not preferred passes, and is applied", minutes, async () => {
	const types = {
		kubernetes_manifest: { a: manifest(`${group}/v1`, "Guard") },
		kubernetes_horizontal_pod_autoscaler_v1: {
			a: { metadata, spec: autoscaling },
		},
	};
	expect(ofKinds(await plan("older", types, { apply: true }))).toEqual([]);
	expect((await plan("older", types)).changes).toBe(false);
});

test.concurrent(
	"an object that the state has in a version that is gone: found, and moved by what it says",
	minutes,
	async () => {
		const gates = (version: string) => ({
			kubernetes_manifest: { a: manifest(`${group}/${version}`, "Gate") },
		});
		await define(kindNamed("Gate", "v1", "v2"));
		await plan("wedged", gates("v1"), { apply: true });
		await define(kindNamed("Gate", "v2"));
		const stuck = [
			`failure cannot-apply kubernetes_manifest.a: the state has it as Gate of ${group}/v1, which is no longer served (the server has it as ${group}/v2): no plan of this stack works, neither of the code as it was nor of the code as it is to be | Write it as ${group}/v2 in the code, then give the state the same version: infra state retype wedged kubernetes_manifest.a --api-version ${group}/v2`,
		];
		expect(await causes(plan("wedged", gates("v1")))).toEqual(stuck);
		expect(await causes(plan("wedged", gates("v2")))).toEqual(stuck);
		expect(await causes(plan("wedged", {}))).toEqual(stuck);

		const state = parseState(readFileSync(stateOf("wedged"), "utf8"));
		const moved = setApiVersion(state, "kubernetes_manifest.a", `${group}/v2`);
		writeFileSync(stateOf("wedged"), renderState(nextVersion(moved)));
		expect((await plan("wedged", gates("v2"))).changes).toBe(false);
	},
);

test.concurrent("a definition that goes takes along an object that the code keeps", minutes, async () => {
	const wall = kindNamed("Wall", "v1", "v2");
	const defined = { kubernetes_manifest: { wall: { manifest: wall } } };
	const users = document("users", { kubernetes_manifest: { a: manifest(`${group}/v1`, "Wall") } });
	await plan("walls", defined, { apply: true });
	await define(wall);
	const object = `/apis/${group}/v1/namespaces/default/walls`;
	expect((await plane.ask("POST", object, manifest(`${group}/v1`, "Wall").manifest)).status).toBe(201);

	const narrower = { kubernetes_manifest: { wall: { manifest: kindNamed("Wall", "v2") } } };
	expect(ofKinds(await plan("walls", narrower, { others: [users] }))).toEqual([
		expect.stringContaining(`wall: ${group}/v1 is no longer served, and the code keeps users/a |`),
	]);
	expect(ofKinds(await plan("walls", {}, { others: [users], apply: true }))).toEqual([
		`failure cannot-apply kubernetes_manifest.wall: the server deletes every Wall of ${group} with it, and the code keeps users/a | Take the objects out of the code and deploy that first, or keep the definition.`,
	]);
	await waitFor("its objects are gone", async () => (await plane.ask("GET", object)).status === 404, {
		within: 60_000,
	});
});

test.concurrent(
	"an API service that is down stops nothing, and of its own kinds nobody knows",
	minutes,
	async () => {
		expect(ofKinds(await plan("down", { kubernetes_config_map_v1: { a: { metadata } } }))).toEqual([]);
		expect(
			await causes(
				plan("down", { kubernetes_manifest: { a: manifest("metrics.k8s.io/v1beta1", "PodMetrics") } }),
			),
		).toEqual([
			"notice cannot-apply kubernetes_manifest.a: nobody knows whether PodMetrics of metrics.k8s.io/v1beta1 is served: who serves metrics.k8s.io/v1beta1 does not answer | See that it answers (kubectl get apiservices), and plan again.",
		]);
	},
);

/** A kubeconfig beside the administrator's. */
function kubeconfig(name: string, cluster: object, user: object): Pick<Site, "cluster"> {
	const path = join(folder, `${name}.json`);
	const entries = { clusters: [{ name, cluster }], users: [{ name, user }] };
	const contexts = [{ name, context: { cluster: name, user: name } }];
	writeFileSync(path, JSON.stringify({ "current-context": name, contexts, ...entries }), { mode: 0o600 });
	return { cluster: { ...site.cluster, kubeconfig: path } };
}

test.concurrent(
	"an account without any right may ask, and an older server tells the same",
	minutes,
	async () => {
		const account = "/api/v1/namespaces/default/serviceaccounts/default/token";
		const { body } = await plane.ask("POST", account, { spec: { audiences: [] } });
		const trusted = {
			server: plane.host,
			"certificate-authority-data": Buffer.from(plane.ca).toString("base64"),
		};
		const planner = kubeconfig("planner", trusted, { token: body.status.token });
		const { server, cluster } = await olderServer(plane, () => undefined);
		const [whole, older] = await Promise.all([
			askServedKinds(planner),
			askServedKinds(kubeconfig("older", cluster, {})),
		]);
		server.close();
		const lines = (all: typeof whole) =>
			[...all]
				.filter(([name]) => name !== group)
				.flatMap(([name, versions]) =>
					versions.map((one) => `${name} ${one.version} ${one.complete} ${[...one.kinds].sort()}`),
				)
				.sort();
		expect(lines(older)).toEqual(lines(whole));
		expect(lines(whole)).toContainEqual(expect.stringMatching(/^apps v1 true .*StatefulSet/));
		expect(lines(whole)).toContain("metrics.k8s.io v1beta1 false ");
	},
);

test.concurrent(
	"a server that is not there, refuses, or gives half an answer is no server without kinds",
	minutes,
	async () => {
		const nowhere = kubeconfig("nowhere", { server: "http://127.0.0.1:1" }, {});
		await expect(askServedKinds(nowhere)).rejects.toThrow("127.0.0.1:1");
		await expect(askServedKinds({ cluster: { ...site.cluster, kubeconfig: "/nowhere" } })).rejects.toThrow(
			"kubectl proxy",
		);
		const stranger = kubeconfig(
			"stranger",
			{ server: plane.host, "insecure-skip-tls-verify": true },
			{ token: "x" },
		);
		await expect(askServedKinds(stranger)).rejects.toThrow(
			"the cluster does not tell this identity what it serves (401)",
		);
		const { server, cluster } = await olderServer(plane, (path) => (path === "/apis" ? 500 : undefined));
		await expect(askServedKinds(kubeconfig("half", cluster, {}))).rejects.toThrow(
			"the API server answers /apis with 500",
		);
		server.close();
		expect(existsSync("/nowhere")).toBe(false);
	},
);
