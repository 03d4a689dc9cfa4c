import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { loadRegistry } from "../../../clients/vault/load-registry.ts";
import { loadSite } from "../../../config/load-site.ts";
import { parseSite } from "../../../config/parse-site.ts";
import lab from "../../../config/sites/lab.ts";
import { loadStack } from "../../../stacks/catalogue.ts";
import { InfraApp } from "../../../stacks/infra-app.ts";
import type { Json } from "../../../world/world.ts";
import { mergePatch } from "../../merge-patch.ts";
import { ControlPlane, controlPlanePrograms } from "../harness/control-plane.ts";
import { needsPrograms } from "../harness/programs.ts";
import { TerraformFolder } from "../harness/terraform-folder.ts";
import { VaultServer } from "../harness/vault-server.ts";

const woodpecker = await loadStack("woodpecker");

const ready = needsPrograms(...controlPlanePrograms, "bao|vault", "terraform");
const canary = "canary-4711";
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-woodpecker-`));
let plane: ControlPlane;
let vault: VaultServer;
let terraform: TerraformFolder;
let missing: string | undefined;

/** Kinds of the API server itself. */
const builtIn = /^admissionregistration\.k8s\.io\//;

/** The stack without what needs a registry of charts, or kinds of operators that do not run here. */
async function document() {
	const site = parseSite(
		mergePatch(lab, {
			cluster: { kubeconfig: plane.kubeconfig },
			vault: { address: vault.address },
		}),
	);
	const registry = await loadRegistry(await loadSite("lab"));
	const [stack] = new InfraApp({ site, registry, stacks: [woodpecker], outdir: join(folder, "out") }).stacks;
	if (stack === undefined) throw new Error("the app has no stack");
	const { json } = stack.synthesizeOnce();
	const {
		helm_release: _,
		kubernetes_manifest: manifests,
		...others
	} = json.resource as Record<string, Json>;
	const here = Object.entries(manifests as Record<string, { manifest: { apiVersion: string } }>).filter(
		([, { manifest }]) => builtIn.test(manifest.apiVersion),
	);
	return { json: { ...json, resource: { ...others, kubernetes_manifest: Object.fromEntries(here) } } };
}

beforeAll(async () => {
	if (!ready) return;
	for (const name of ["plane", "vault"]) mkdirSync(join(folder, name));
	plane = await ControlPlane.start(join(folder, "plane"));
	vault = await VaultServer.start(join(folder, "vault"));
	await vault.must("POST", "secret/data/traefik", { data: { fullchain: canary, privkey: canary } });
	// Stacks before this one have made them.
	for (const name of (await loadSite("lab")).woodpecker.plannedSecrets)
		await plane.ask("POST", "/api/v1/namespaces", { metadata: { name } });
	terraform = new TerraformFolder(join(folder, "stack"), { VAULT_TOKEN: vault.rootToken });
	terraform.write(await document());
	missing = await terraform.providersMissing();
	if (missing === undefined) await terraform.apply();
}, 120_000);
beforeEach(({ skip }) => {
	if (missing !== undefined) skip(missing);
});
afterAll(async () => {
	await Promise.all([plane?.stop(), vault?.stop()]);
	rmSync(folder, { recursive: true });
});

const pod = (container: object = {}) => ({
	metadata: { generateName: "step-" },
	spec: {
		containers: [
			{
				name: "step",
				image: "docker.io/library/alpine:3.22.2",
				resources: { requests: { cpu: "100m", memory: "64Mi" }, limits: { memory: "64Mi" } },
				...container,
			},
		],
	},
});
const start = (namespace: string, container?: object) =>
	plane.ask("POST", `/api/v1/namespaces/${namespace}/pods?dryRun=All`, pod(container));

const stamped = {
	"woodpecker-ci.org/event": "push",
	"woodpecker-ci.org/commit-branch": "main",
	"woodpecker-ci.org/repo-full-name": "operator-infra",
};

/** Whether a service account may do anything at all. */
async function mayEverything(namespace: string, name: string): Promise<boolean> {
	const account = `system:serviceaccount:${namespace}:${name}`;
	const { body } = await plane.ask("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", {
		spec: { user: account, resourceAttributes: { verb: "*", resource: "*", group: "*" } },
	});
	return body.status.allowed;
}

describe("the stack on a real API server", () => {
	test("has nothing left to change after it was applied, and no secret in what it leaves behind", async () => {
		expect(await terraform.plan()).toEqual([]);
		const traces = await terraform.traces();
		expect(traces).toContain("woodpecker-pipelines-alice");
		expect(traces).not.toContain(canary);
	}, 60_000);

	test("gives every right to the infrastructure's pipelines and to no other account", async () => {
		expect(await mayEverything("woodpecker-infra", "infrastructure")).toBe(true);
		expect(await mayEverything("woodpecker-infra", "default")).toBe(false);
		expect(await mayEverything("woodpecker-pipelines-alice", "default")).toBe(false);
		expect(await mayEverything("woodpecker-infra", "infrastructure-plan")).toBe(false);
		expect(await mayEverything("woodpecker", "default")).toBe(false);
		expect(await mayEverything("woodpecker", "woodpecker-secret-sync")).toBe(false);
	});

	test("runs no step of anybody's branch as that account", async () => {
		const step = pod();
		const asked = { ...step, spec: { ...step.spec, serviceAccountName: "infrastructure" } };
		const path = "/api/v1/namespaces/woodpecker-infra/pods?dryRun=All";
		const { status, body } = await plane.ask("POST", path, asked);
		expect(status).toBe(403);
		expect(body.message).toContain("ValidatingAdmissionPolicy 'infrastructure-pipelines'");
	});

	test("starts a step whether or not it says what it needs, privileged ones included", async () => {
		expect((await start("woodpecker-pipelines-alice")).status).toBe(201);
		expect(
			(await start("woodpecker-pipelines-alice", { securityContext: { privileged: true } })).status,
		).toBe(201);
		const { status, body } = await start("woodpecker-pipelines-alice", { resources: {} });
		expect(status).toBe(201);
		expect(body.spec.containers[0].resources.limits).toEqual({ memory: "256Mi" });
	});

	test("never lets one step take more than all may have together", async () => {
		const half = { requests: { cpu: "5", memory: "1Gi" }, limits: { memory: "1Gi" } };
		expect((await start("woodpecker-pipelines-alice", { resources: half })).status).toBe(201);
		// Nothing runs there that the CI server has not stamped as a push of the default branch.
		const step = { ...pod({ resources: half }), metadata: { generateName: "wp-", labels: stamped } };
		const path = "/api/v1/namespaces/woodpecker-infra/pods?dryRun=All";
		const { status, body } = await plane.ask("POST", path, step);
		expect(status).toBe(403);
		expect(body.message).toContain("exceeded quota: tier-quota");
	});

	test("starts nothing privileged beside the server", async () => {
		const { status, body } = await start("woodpecker", { securityContext: { privileged: true } });
		expect(status).toBe(403);
		expect(body.message).toContain('violates PodSecurity "baseline');
	});
});
