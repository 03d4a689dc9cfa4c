import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { projectRoot } from "../../../config/project-root.ts";
import { infra, type ProcessResult } from "../../cli/infra-process.ts";
import { ControlPlane, controlPlanePrograms } from "../harness/control-plane.ts";
import { needsPrograms } from "../harness/programs.ts";
import { LossyWay, stackOf } from "./lossy-way.ts";

const ready = needsPrograms(...controlPlanePrograms, "kubectl", "terraform");
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-cut-off-`));
let plane: ControlPlane;
let way: LossyWay;
let missing = false;
/** Creations of which nobody heard. */
let unheard = 0;

const meta = (name: string) => ({ name, namespace: "shop" });
const pods = {
	selector: { match_labels: { app: "web" } },
	template: {
		metadata: { labels: { app: "web" } },
		spec: { container: [{ name: "main", image: "docker.io/library/nginx:1.29.3" }] },
	},
};

const objects: Readonly<Record<string, object>> = {
	kubernetes_namespace_v1: { metadata: { name: "other" } },
	kubernetes_config_map_v1: { metadata: meta("settings"), data: { a: "1" } },
	kubernetes_secret_v1: { metadata: meta("login"), data: { a: "dummy" } },
	kubernetes_service_account_v1: { metadata: meta("robot") },
	kubernetes_service_v1: { metadata: meta("web"), spec: { selector: { app: "web" }, port: [{ port: 80 }] } },
	kubernetes_role_v1: {
		metadata: meta("reader"),
		rule: [{ api_groups: [""], resources: ["pods"], verbs: ["get"] }],
	},
	kubernetes_deployment_v1: { metadata: meta("web"), wait_for_rollout: false, spec: pods },
	kubernetes_manifest: {
		manifest: { apiVersion: "v1", kind: "ConfigMap", metadata: meta("manifest"), data: { a: "1" } },
	},
	helm_release: {
		name: "app",
		namespace: "shop",
		chart: join(projectRoot, "lab/charts/stand-in"),
		wait: false,
	},
};

beforeAll(async () => {
	if (!ready) return;
	mkdirSync(join(folder, "plane"));
	plane = await ControlPlane.start(join(folder, "plane"));
	await plane.ask("POST", "/api/v1/namespaces", { metadata: { name: "shop" } });
	const { host: address, ca } = plane;
	way = await LossyWay.to({ address, ca, headers: { authorization: `Bearer ${plane.access.token}` } });
	missing = (await deploy(["plan"])).stderr.includes("cannot be installed");
}, 120_000);
beforeEach(({ skip }) => {
	skip(
		missing,
		"terraform init cannot install the providers: a registry, a mirror or the plugin folder enables it",
	);
});
afterAll(async () => {
	way?.end();
	await plane?.stop();
	rmSync(folder, { recursive: true });
});

/** Runs `infra` on a stack that has one object of each of these types, in a checkout of its own. */
function deploy(args: readonly string[], resources = objects, checkout = "out"): Promise<ProcessResult> {
	mkdirSync(join(folder, checkout), { recursive: true });
	const access = { host: way.address };
	return infra([...args], {
		program: "test/cli/fake-infra.ts",
		env: {
			CDKTF_OUTDIR: join(folder, checkout, "out"),
			...stackOf("platform", { kubernetes: access, helm: { kubernetes: access } }, resources),
			FAKE_KUBECONFIG: plane.kubeconfig,
		},
	});
}

/** The same while creations are not heard of. */
async function cutOff(resources = objects): Promise<ProcessResult> {
	unheard = 0;
	way.take = ({ status, drop }) => {
		if (status !== 201) return false;
		unheard++;
		drop();
		return true;
	};
	const ended = await deploy(["deploy", "--yes"], resources);
	way.take = () => false;
	return ended;
}

test("objects of the cluster that were made without anybody hearing of it are taken up by the next deploy", async () => {
	const { code, stdout } = await cutOff();
	expect(code).toBe(1);
	expect(unheard).toBe(Object.keys(objects).length);
	expect(stdout).toContain("platform  stopped: 1 of 10 changes applied");
	const plan = await deploy(["plan", "--json"]);
	const { changes } = JSON.parse(plan.stdout).stacks[0];
	const actions = changes.map(({ address, action }: { address: string; action: string }) => [
		address.replace(".kept", ""),
		action.replace("+update", ""),
	]);
	expect(Object.fromEntries(actions)).toEqual({
		...Object.fromEntries(Object.keys(objects).map((type) => [type, "import"])),
		// Helm had written its record, and nothing of the chart.
		helm_release: "create",
	});
	expect(plan.stdout).toContain("had begun to make release app of Helm in shop, which is half made");
	// Who has no part in what was cut off is told how to go on.
	const { stdout: adoption } = await deploy(["plan", "--adopt"], objects, "elsewhere");
	expect(adoption.match(/^import \{$/gm)).toHaveLength(unheard - 1);
	expect(adoption).toContain(
		"kubectl delete secrets --namespace=shop --selector=owner=helm,name=app,status=pending-install",
	);
	// Had Helm been killed a little later, this would be there as well.
	const left = await plane.ask("POST", "/apis/apps/v1/namespaces/shop/deployments", {
		metadata: {
			name: "app",
			labels: { "app.kubernetes.io/managed-by": "Helm" },
			annotations: { "meta.helm.sh/release-name": "app", "meta.helm.sh/release-namespace": "shop" },
		},
		spec: {
			selector: { matchLabels: { "app.kubernetes.io/name": "app" } },
			template: {
				metadata: { labels: { "app.kubernetes.io/name": "app" } },
				spec: { containers: [{ name: "idle", image: "registry.k8s.io/pause:3.9" }] },
			},
		},
	});
	expect(left.status).toBe(201);
	const second = await deploy(["deploy", "--yes"]);
	expect(second.stdout).toContain("removed platform/kept: its creation was cut off halfway");
	expect(second).toMatchObject({ code: 0, stderr: "" });
	const kept = await plane.ask("GET", "/apis/apps/v1/namespaces/shop/deployments/app");
	expect(kept.body.metadata.uid).toBe(left.body.metadata.uid);
	expect(kept.body.spec.template.spec.containers[0].image).toBe("registry.k8s.io/pause:3.10");
	expect(await deploy(["plan", "--detailed-exitcode"])).toMatchObject({ code: 0 });
}, 120_000);

test("a release whose upgrade was cut off is a failure to come, whose remedy helps", async () => {
	const changed = { ...objects, helm_release: { ...objects.helm_release, values: ["changed: true"] } };
	expect((await cutOff(changed)).code).toBe(1);
	const stopped = await deploy(["deploy", "--yes"], changed);
	expect(stopped.code).toBe(1);
	expect(stopped.stderr).toContain("another operation (install/upgrade/rollback) is in progress");
	expect(stopped.stdout).toContain(
		"cannot-apply: the release is pending-upgrade: somebody is at it, or was cut off",
	);
	const { findings } = JSON.parse((await deploy(["plan", "--json"], changed)).stdout).stacks[0];
	const { remedy } = findings.find((finding: { class: string }) => finding.class === "cannot-apply");
	const [, args = ""] = remedy.split("kubectl ");
	execFileSync("kubectl", [...args.split(" "), `--kubeconfig=${plane.kubeconfig}`]);
	expect(await deploy(["deploy", "--yes"], changed)).toMatchObject({ code: 0, stderr: "" });
	expect(await deploy(["plan", "--detailed-exitcode"], changed)).toMatchObject({ code: 0 });
}, 120_000);
