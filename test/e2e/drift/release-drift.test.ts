import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { infra } from "../../cli/infra-process.ts";
import { ControlPlane, controlPlanePrograms } from "../harness/control-plane.ts";
import { missingAfter } from "../harness/deployed.ts";
import { needsPrograms } from "../harness/programs.ts";

const ready = needsPrograms(...controlPlanePrograms, "kubectl", "terraform");
const program = "test/e2e/harness/drift-program.ts";
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-release-`));
let plane: ControlPlane;
let missing: string | undefined;

/** A chart as others write them: defaults left out, a quantity in another unit, a port by name, a role that is filled in. */
const template = `
apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
data: { level: info, note: "{{ .Release.Revision }}" }
---
apiVersion: v1
kind: Secret
metadata: { name: login }
stringData: { password: hidden-4711 }
---
# nothing here
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data }
spec:
  accessModes: [ReadWriteOnce]
  storageClassName: none
  resources: { requests: { storage: 1024Mi } }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: everything-of-the-chart }
aggregationRule: { clusterRoleSelectors: [{ matchLabels: { of: the-chart } }] }
rules: []
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: part-of-the-chart, labels: { of: the-chart } }
rules: [{ apiGroups: [""], resources: [pods], verbs: [get] }]
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec:
  selector: { app: web }
  ports: [{ port: 80, targetPort: http }]
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: main
          image: nginx:1.29.3
          ports: [{ name: http, containerPort: 8080 }]
          resources: { requests: { cpu: 1000m, memory: 128Mi } }
`;

const world = {
	redis: {
		kubernetes_namespace_v1: { shop: { metadata: { name: "shop" } } },
		helm_release: {
			web: {
				name: "web",
				namespace: "${kubernetes_namespace_v1.shop.metadata[0].name}",
				chart: join(folder, "chart"),
				wait: false,
			},
		},
	},
};

function run(args: string) {
	return infra(args.split(" "), {
		program,
		env: {
			CDKTF_OUTDIR: join(folder, "out"),
			DRIFT_WORLD: JSON.stringify(world),
			DRIFT_SITE: JSON.stringify({
				cluster: { kubeconfig: plane.kubeconfig },
				state: { tier1: { kind: "local", directory: join(folder, "state") } },
			}),
		},
	});
}

async function drift() {
	const { code, stdout } = await run("drift --json");
	return { code, stdout, stack: JSON.parse(stdout).stacks[0] };
}

interface Found {
	readonly risk: string;
	readonly what: string;
	readonly address: string;
	readonly arguments: readonly { readonly path: string }[];
	readonly authors?: readonly { readonly manager: string }[];
}

function byHand(...args: readonly (string | { readonly input: string })[]): void {
	const words = args.filter((arg) => typeof arg === "string");
	const [{ input } = { input: "" }] = args.filter((arg) => typeof arg === "object");
	execFileSync("kubectl", [`--kubeconfig=${plane.kubeconfig}`, "--namespace=shop", ...words], {
		stdio: "pipe",
		input,
	});
}

/** As the runbook says, with what `helm get manifest` prints. */
function revert(): void {
	const input = template.replace("{{ .Release.Revision }}", "1");
	byHand("apply", "--server-side", "--force-conflicts", "--field-manager=helm", "--filename=-", { input });
}

beforeAll(async () => {
	if (!ready) return;
	mkdirSync(join(folder, "chart/templates"), { recursive: true });
	writeFileSync(join(folder, "chart/Chart.yaml"), "apiVersion: v2\nname: web\nversion: 1.0.0\n");
	writeFileSync(join(folder, "chart/templates/all.yaml"), template);
	mkdirSync(join(folder, "plane"));
	plane = await ControlPlane.start(join(folder, "plane"));
	missing = missingAfter(await run("deploy --yes"));
}, 400_000);
beforeEach(({ skip }) => {
	if (missing !== undefined) skip(missing);
});
afterAll(async () => {
	await plane?.stop();
	rmSync(folder, { recursive: true });
});

test("a release is as its chart says until somebody changes what it installed, which Terraform does not see", async () => {
	const before = await drift();
	expect(before.stack).toMatchObject({ outcome: "clean", drifted: [], unmanaged: [], errors: [] });

	byHand("scale", "deployment", "web", "--replicas=3");
	byHand("set", "image", "deployment/web", "main=nginx:1.29.4");
	byHand("patch", "configmap", "settings", '--patch={"data":{"level":"debug"}}', "--field-manager=eve");
	byHand("patch", "secret", "login", '--patch={"stringData":{"password":"hidden-by-hand"}}');
	byHand("delete", "service/web", "persistentvolumeclaim/data");
	const plan = await run("plan --detailed-exitcode");
	expect(plan.code).toBe(0);

	const { code, stdout, stack } = await drift();
	expect(code).toBe(2);
	const found: readonly Found[] = stack.drifted;
	expect(found.map(({ risk, what, address }) => `${risk} ${what} ${address.split(": ")[1]}`)).toEqual([
		"danger deleted PersistentVolumeClaim shop/data",
		"caution deleted Service shop/web",
		"notice changed Secret shop/login",
		"notice changed ConfigMap shop/settings",
		"notice changed Deployment shop/web",
	]);
	expect(found.map(({ arguments: changed }) => changed.map(({ path }) => path).join())).toEqual([
		"",
		"",
		"data",
		"data.level",
		"spec.template.spec.containers[0].image",
	]);
	expect(found.map(({ authors = [] }) => authors.map(({ manager }) => manager).join())).toEqual([
		"",
		"",
		"kubectl-patch",
		"eve",
		"kubectl-set",
	]);
	expect(stdout).not.toMatch(/hidden|aGlkZGVu/);

	revert();
	expect((await drift()).stack).toMatchObject({ outcome: "clean", drifted: [] });
}, 400_000);

test("an object that cannot be compared is an error, and the others are compared all the same", async () => {
	const other = { requests: { storage: "2Gi" } };
	byHand("delete", "persistentvolumeclaim/data");
	const claim = { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "data" } };
	const spec = { accessModes: ["ReadWriteMany"], storageClassName: "none", resources: other };
	byHand("create", "--filename=-", { input: JSON.stringify({ ...claim, spec }) });
	byHand("patch", "configmap", "settings", '--patch={"data":{"level":"debug"}}');
	const { code, stack } = await drift();
	expect(code).toBe(1);
	expect(stack.errors.join()).toMatch(/^release web in shop: PersistentVolumeClaim data: .*immutable/s);
	expect(stack.drifted.map(({ address }: Found) => address)).toEqual([
		"helm_release.web: ConfigMap shop/settings",
	]);
	byHand("delete", "persistentvolumeclaim/data");
	revert();
}, 400_000);

test("a release whose revisions are gone is no clean one", async () => {
	byHand("label", "secrets", "--selector=owner=helm", "status=unknown", "--overwrite");
	const { stack } = await drift();
	expect(stack.outcome).toBe("error");
	expect(stack.errors.join()).toContain("release web in shop: Helm has no deployed revision of it");
	byHand("label", "secrets", "--selector=owner=helm", "status=deployed", "--overwrite");
}, 400_000);
