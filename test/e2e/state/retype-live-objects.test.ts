import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { setApiVersion } from "../../../engine/state/rewrite/api-version.ts";
import { moveObjects, objectsOf } from "../../../engine/state/rewrite/move-objects.ts";
import { parseAddress, renderAddress } from "../../../engine/state/rewrite/object-address.ts";
import { otherTypeName } from "../../../engine/state/rewrite/same-implementation.ts";
import { nextVersion, parseState, renderState } from "../../../engine/state/rewrite/state-document.ts";
import { lockedRequirement } from "../../unit/schema/installed.ts";
import { ControlPlane, controlPlanePrograms } from "../harness/control-plane.ts";
import { needsPrograms } from "../harness/programs.ts";
import { waitFor } from "../harness/wait-for.ts";

const ready = needsPrograms(...controlPlanePrograms, "kubectl", "terraform");
const folder = mkdtempSync(join(tmpdir(), "infra-retype-"));
const [planeFolder, stack] = [join(folder, "plane"), join(folder, "stack")];
const run = promisify(execFile);
let plane: ControlPlane | undefined;
let missing = "";

const meta = (name: string, namespace?: string) => ({ name, ...(namespace && { namespace }) });
const ours = (name: string) => meta(name, "$" + "{kubernetes_namespace.own.metadata[0].name}");
const labels = { app: "web" };
const pods = {
	metadata: { labels },
	spec: { container: [{ name: "web", image: "registry.example.org/web:1.2.3" }] },
};
const selector = { match_labels: labels };
const rule = [{ api_groups: [""], resources: ["pods"], verbs: ["get"] }];
const subject = [{ kind: "ServiceAccount", name: "web", namespace: "own" }];
const roleOf = (kind: string) => ({ api_group: "rbac.authorization.k8s.io", kind, name: "web" });

/** An object of each type that has another name, in the words of the old one. */
const objects: Readonly<Record<string, Readonly<Record<string, object>>>> = {
	kubernetes_namespace: { own: { metadata: meta("own") } },
	kubernetes_config_map: { a: { metadata: ours("web"), data: { key: "value" } } },
	kubernetes_secret: { a: { metadata: ours("web"), data: { key: "made-up" } } },
	kubernetes_service_account: { a: { metadata: ours("web") } },
	kubernetes_service: { a: { metadata: ours("web"), spec: { selector: labels, port: [{ port: 80 }] } } },
	kubernetes_endpoints: {
		a: { metadata: ours("outside"), subset: [{ address: [{ ip: "192.0.2.1" }], port: [{ port: 80 }] }] },
	},
	kubernetes_deployment: {
		a: { metadata: ours("web"), wait_for_rollout: false, spec: { replicas: 1, selector, template: pods } },
	},
	kubernetes_stateful_set: {
		a: {
			metadata: ours("web"),
			wait_for_rollout: false,
			spec: { replicas: 1, service_name: "web", selector, template: pods },
		},
	},
	kubernetes_daemonset: {
		a: { metadata: ours("web"), wait_for_rollout: false, spec: { selector, template: pods } },
	},
	kubernetes_job: {
		a: {
			metadata: ours("web"),
			wait_for_completion: false,
			spec: { template: { metadata: {}, spec: { ...pods.spec, restart_policy: "Never" } } },
		},
	},
	kubernetes_replication_controller: {
		a: { metadata: { ...ours("old"), labels }, spec: { replicas: 0, selector: labels, template: pods } },
	},
	kubernetes_role: { a: { metadata: ours("web"), rule } },
	kubernetes_role_binding: { a: { metadata: ours("web"), role_ref: roleOf("Role"), subject } },
	kubernetes_cluster_role: { a: { metadata: meta("web"), rule } },
	kubernetes_cluster_role_binding: { a: { metadata: meta("web"), role_ref: roleOf("ClusterRole"), subject } },
	kubernetes_network_policy: {
		a: { metadata: ours("web"), spec: { pod_selector: {}, policy_types: ["Ingress"] } },
	},
	kubernetes_limit_range: {
		a: { metadata: ours("web"), spec: { limit: [{ type: "Pod", max: { cpu: "2" } }] } },
	},
	kubernetes_resource_quota: { a: { metadata: ours("web"), spec: { hard: { pods: "9" } } } },
	kubernetes_priority_class: { a: { metadata: meta("web"), value: 7 } },
	kubernetes_ingress_class: { a: { metadata: meta("web"), spec: { controller: "example.org/web" } } },
	kubernetes_storage_class: {
		a: {
			metadata: meta("web"),
			storage_provisioner: "example.org/web",
			volume_binding_mode: "WaitForFirstConsumer",
		},
	},
	kubernetes_persistent_volume_claim: {
		a: {
			metadata: ours("web"),
			wait_until_bound: false,
			spec: {
				access_modes: ["ReadWriteOnce"],
				storage_class_name: "web",
				resources: { requests: { storage: "1Gi" } },
			},
		},
	},
	kubernetes_persistent_volume: {
		a: {
			metadata: meta("web"),
			spec: {
				capacity: { storage: "1Gi" },
				access_modes: ["ReadWriteOnce"],
				persistent_volume_source: { host_path: { path: "/nowhere" } },
			},
		},
	},
};

/** The same document with the other names of its types. */
const retyped = (given: typeof objects): typeof objects =>
	JSON.parse(
		JSON.stringify(
			Object.fromEntries(Object.entries(given).map(([type, named]) => [otherTypeName(type) ?? type, named])),
		).replaceAll("kubernetes_namespace.own", "kubernetes_namespace_v1.own"),
	);

const guard = (version: string) => ({
	kubernetes_manifest: {
		guard: {
			manifest: {
				apiVersion: `example.org/${version}`,
				kind: "Guard",
				metadata: { name: "web", namespace: "default" },
				spec: { level: 3 },
			},
		},
	},
});

const kindWith = (...served: string[]) => ({
	apiVersion: "apiextensions.k8s.io/v1",
	kind: "CustomResourceDefinition",
	metadata: { name: "guards.example.org" },
	spec: {
		group: "example.org",
		scope: "Namespaced",
		names: { kind: "Guard", plural: "guards", singular: "guard" },
		versions: ["v1beta1", "v1"].map((name) => ({
			name,
			served: served.includes(name),
			storage: name === "v1",
			schema: {
				openAPIV3Schema: {
					type: "object",
					properties: { spec: { type: "object", properties: { level: { type: "integer" } } } },
				},
			},
		})),
	},
});

const kubectl = (args: readonly string[], object?: object) =>
	execFileSync("kubectl", [`--kubeconfig=${plane?.kubeconfig}`, ...args], {
		input: object === undefined ? "" : JSON.stringify(object),
		stdio: "pipe",
	}).toString();

/** Waits until the API server lists these versions of the kind, and no other: it follows its definition some time later. */
async function served(...versions: string[]): Promise<void> {
	const get = async (path: string) => (await plane?.ask("GET", path))?.body;
	const listed = async () => {
		const { groups = [] } = await get("/apis");
		const group = groups.find(({ name }: { name: string }) => name === "example.org");
		const found: string[] = group?.versions.map(({ version }: { version: string }) => version) ?? [];
		const kinds = await Promise.all(found.map((version) => get(`/apis/example.org/${version}`)));
		return kinds.every(({ resources = [] }) => resources.length > 0) ? found.toSorted().join() : "";
	};
	const wanted = versions.toSorted().join();
	await waitFor(`${wanted} is served`, async () => (await listed()) === wanted, { within: 60_000 });
}

async function terraform(...args: string[]): Promise<{ readonly code: number; readonly text: string }> {
	const env = { ...process.env, CHECKPOINT_DISABLE: "1", NO_COLOR: "1", TF_IN_AUTOMATION: "1" };
	return run("terraform", args, { cwd: stack, env, maxBuffer: 64 * 1024 ** 2 }).then(
		({ stdout }) => ({ code: 0, text: stdout }),
		({ code, stdout, stderr }) => ({ code, text: stdout + stderr }),
	);
}

function write(resource: object): void {
	const { source = "hashicorp/kubernetes", version } = lockedRequirement("kubernetes") ?? {};
	const document = {
		terraform: { required_providers: { kubernetes: { source, version } } },
		provider: { kubernetes: { config_path: plane?.kubeconfig } },
		resource,
	};
	writeFileSync(join(stack, "main.tf.json"), JSON.stringify(document));
}

const state = () => parseState(readFileSync(join(stack, "terraform.tfstate"), "utf8"));
const store = (next: ReturnType<typeof state>) =>
	writeFileSync(join(stack, "terraform.tfstate"), renderState(nextVersion(next)));

beforeEach(({ skip }) => skip(!ready || missing !== "", missing || "no control plane"));
beforeAll(async () => {
	if (!ready) return;
	for (const path of [planeFolder, stack]) mkdirSync(path, { recursive: true });
	plane = await ControlPlane.start(planeFolder);
	write(objects);
	const init = await terraform("init", "-input=false");
	if (init.code !== 0) missing = `terraform init cannot install the provider kubernetes: ${init.text}`;
}, 300_000);
afterAll(async () => {
	await plane?.stop();
	rmSync(folder, { recursive: true, force: true });
}, 60_000);

test("objects whose types have other names now are planned as they are", { timeout: 300_000 }, async () => {
	write(objects);
	expect((await terraform("apply", "-auto-approve", "-input=false")).text).toContain("Apply complete");
	write(retyped(objects));
	const without = await terraform("plan", "-input=false", "-lock=false");
	const count = Object.keys(objects).length;
	expect(without.text).toContain(`${count} to add, 0 to change, ${count} to destroy`);
	const moves = objectsOf(state()).map((from) => {
		const { type, ...of } = parseAddress(from);
		return { from, to: renderAddress({ ...of, type: otherTypeName(type) ?? type }) };
	});
	store(moveObjects(state(), moves));
	const after = await terraform("plan", "-detailed-exitcode", "-input=false");
	expect(after).toMatchObject({ code: 0, text: expect.stringContaining("No changes") });
});

test("a manifest whose version is no longer served is planned as it is with the next one", {
	timeout: 300_000,
}, async () => {
	kubectl(["apply", "-f", "-"], kindWith("v1beta1", "v1"));
	await served("v1beta1", "v1");
	write(guard("v1beta1"));
	rmSync(join(stack, "terraform.tfstate"), { force: true });
	const applied = await terraform("apply", "-auto-approve", "-input=false");
	expect(applied.text).toContain("Apply complete");
	write(guard("v1"));
	expect((await terraform("plan", "-input=false")).text).toContain("1 to add, 0 to change, 1 to destroy");
	kubectl(["apply", "-f", "-"], kindWith("v1"));
	await served("v1");
	const uid = kubectl(["get", "guards.example.org", "web", "-o", "jsonpath={.metadata.uid}"]);
	const wedged = await terraform("plan", "-input=false");
	expect(wedged.code).not.toBe(0);
	store(setApiVersion(state(), "kubernetes_manifest.guard", "example.org/v1"));
	const after = await terraform("plan", "-detailed-exitcode", "-input=false");
	expect(after).toMatchObject({ code: 0, text: expect.stringContaining("No changes") });
	expect(kubectl(["get", "guards.example.org", "web", "-o", "jsonpath={.metadata.uid}"])).toBe(uid);
});
