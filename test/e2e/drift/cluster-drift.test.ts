import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { infra } from "../../cli/infra-process.ts";
import { ControlPlane, controlPlanePrograms } from "../harness/control-plane.ts";
import { missingAfter } from "../harness/deployed.ts";
import { needsPrograms } from "../harness/programs.ts";

const ready = needsPrograms(...controlPlanePrograms, "kubectl", "terraform");
const program = "test/e2e/harness/drift-program.ts";
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-drift-`));
const secret = "hidden-4711";
let plane: ControlPlane;
let missing: string | undefined;

const named = (name: string) => ({ name, namespace: "shop" });
const world = {
	redis: {
		kubernetes_namespace_v1: { shop: { metadata: { name: "shop" } } },
		kubernetes_config_map_v1: {
			settings: {
				metadata: named("settings"),
				data: { level: "info" },
				depends_on: ["kubernetes_namespace_v1.shop"],
			},
		},
		kubernetes_secret_v1: {
			login: {
				metadata: named("login"),
				data: { password: secret },
				depends_on: ["kubernetes_namespace_v1.shop"],
			},
		},
		kubernetes_persistent_volume_claim_v1: {
			data: {
				metadata: named("data"),
				wait_until_bound: false,
				spec: {
					access_modes: ["ReadWriteOnce"],
					storage_class_name: "none",
					resources: { requests: { storage: "1Gi" } },
				},
				depends_on: ["kubernetes_namespace_v1.shop"],
			},
		},
	},
	storage: { terraform_data: { one: { input: "1" } } },
};

function run(args: string, more: object = {}) {
	return infra(args.split(" "), {
		program,
		env: {
			CDKTF_OUTDIR: join(folder, "out"),
			DRIFT_WORLD: JSON.stringify({ ...world, ...more }),
			DRIFT_SITE: JSON.stringify({
				cluster: { kubeconfig: plane.kubeconfig },
				state: { tier1: { kind: "local", directory: join(folder, "state") } },
			}),
		},
	});
}

/** The report for machines. */
async function drift(more: object = {}) {
	const { code, stdout } = await run("drift --json", more);
	const stacks: MachineReport[] = JSON.parse(stdout).stacks;
	return {
		code,
		stdout,
		outcomes: Object.fromEntries(stacks.map(({ stack, outcome }) => [stack, outcome])),
		stacks,
	};
}

interface MachineReport {
	readonly stack: string;
	readonly outcome: string;
	readonly drifted: readonly {
		readonly what: string;
		readonly address: string;
		readonly risk: string;
		readonly arguments: readonly { readonly path: string }[];
		readonly authors?: readonly { readonly manager: string; readonly at: string }[];
	}[];
	readonly unmanaged: readonly string[];
	readonly errors: readonly string[];
}

function byHand(...args: string[]): void {
	execFileSync("kubectl", [`--kubeconfig=${plane.kubeconfig}`, "--namespace=shop", ...args], {
		stdio: "pipe",
	});
}

beforeAll(async () => {
	if (!ready) return;
	mkdirSync(join(folder, "plane"));
	plane = await ControlPlane.start(join(folder, "plane"));
	missing = missingAfter(await run("deploy --yes"));
}, 300_000);
beforeEach(({ skip }) => {
	if (missing !== undefined) skip(missing);
});
afterAll(async () => {
	await plane?.stop();
	rmSync(folder, { recursive: true });
});

describe("stacks on a real cluster", { timeout: 400_000 }, () => {
	test("are clean after a deploy, however much the cluster has filled in", async () => {
		const { code, outcomes } = await drift();
		expect({ code, outcomes }).toEqual({ code: 0, outcomes: { redis: "clean", storage: "clean" } });
	});

	test("list what somebody has put beside them, which is no drift", async () => {
		byHand("create", "configmap", "by-hand");
		byHand("create", "deployment", "trial", "--image=nginx:1.29.3");
		const { code, outcomes, stacks } = await drift();
		expect({ code, outcomes }).toEqual({ code: 0, outcomes: { redis: "clean", storage: "clean" } });
		expect(stacks.map(({ unmanaged }) => unmanaged)).toEqual([
			["ConfigMap shop/by-hand", "Deployment shop/trial"],
			[],
		]);
		byHand("delete", "configmap/by-hand", "deployment/trial");
		expect((await drift()).stacks[0]?.unmanaged).toEqual([]);
	});

	test("tell what was changed by whom, the loss of data first, and are clean once it is repaired", async () => {
		// The API server tells whole seconds.
		const begin = Math.floor(Date.now() / 1000) * 1000;
		byHand("patch", "configmap", "settings", '--patch={"data":{"level":"debug"}}', "--field-manager=eve");
		const end = Date.now();
		byHand("patch", "secret", "login", '--patch={"stringData":{"password":"hidden-by-hand"}}');
		byHand("delete", "persistentvolumeclaim", "data");
		const { code, outcomes, stacks, stdout } = await drift();
		expect({ code, outcomes }).toEqual({ code: 2, outcomes: { redis: "drift", storage: "clean" } });
		const found = stacks[0]?.drifted ?? [];
		expect(found.map(({ what, address, risk }) => [risk, what, address])).toEqual([
			["danger", "deleted", "kubernetes_persistent_volume_claim_v1.data"],
			["caution", "changed", "kubernetes_secret_v1.login"],
			["notice", "changed", "kubernetes_config_map_v1.settings"],
		]);
		expect(found.map(({ arguments: changed }) => changed.map(({ path }) => path))).toEqual([
			[],
			["data"],
			["data.level"],
		]);
		expect(found.map(({ authors = [] }) => authors.map(({ manager }) => manager))).toEqual([
			[],
			["kubectl-patch"],
			["eve"],
		]);
		const at = Date.parse(found[2]?.authors?.[0]?.at ?? "");
		expect(at).toBeGreaterThanOrEqual(begin);
		expect(at).toBeLessThanOrEqual(end);
		expect(stdout).not.toContain("hidden");

		await run("deploy --yes --summary redis");
		expect((await drift()).outcomes).toEqual({ redis: "clean", storage: "clean" });
	});

	test("ask every stack, tell code that waits from drift, and hide no stack that does not answer", async () => {
		byHand("label", "configmap", "settings", "owner=nobody", "--overwrite");
		const { code, outcomes, stacks } = await drift({
			storage: { terraform_data: { one: { input: "2" } } },
			vault: { terraform_data: { broken: { input: '${file("/nowhere")}' } } },
		});
		expect({ code, outcomes }).toEqual({
			code: 1,
			outcomes: { redis: "drift", storage: "undeployed", vault: "error" },
		});
		expect(stacks.find(({ stack }) => stack === "vault")?.errors.join()).toContain("/nowhere");
		byHand("label", "configmap", "settings", "owner-");
		expect((await drift()).code).toBe(0);
	});
});
