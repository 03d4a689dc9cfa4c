import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { loadSite } from "../../../config/load-site.ts";
import { parseRegistry } from "../../../config/registry/parse-registry.ts";
import lab from "../../../config/sites/lab.ts";
import { AppTemplateStack } from "../../../stacks/_template/app-template-stack.ts";
import { InfraApp } from "../../../stacks/infra-app.ts";
import { infra, type ProcessResult } from "../../cli/infra-process.ts";
import { mergePatch } from "../../merge-patch.ts";
import { ControlPlane, controlPlanePrograms } from "../harness/control-plane.ts";
import { missingAfter } from "../harness/deployed.ts";
import { needsPrograms } from "../harness/programs.ts";
import { TerraformFolder } from "../harness/terraform-folder.ts";
import { VaultServer } from "../harness/vault-server.ts";
import { waitFor } from "../harness/wait-for.ts";

const ready = needsPrograms(...controlPlanePrograms, "bao|vault", "terraform", "kubectl");

const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-onboard-`));
let plane: ControlPlane;
let server: VaultServer;
let missing: string | undefined;

/** The command on the real stacks `vault` and `platform`. */
const run = (args: string, env: NodeJS.ProcessEnv = {}): Promise<ProcessResult> =>
	infra(args.split(" "), {
		program: "test/e2e/harness/owner-stacks-program.ts",
		env: {
			INFRA_SITE: join(folder, "site.json"),
			CDKTF_OUTDIR: join(folder, "project/cdktf.out"),
			VAULT_ADDR: server.address,
			VAULT_TOKEN: server.rootToken,
			...env,
		},
	});
const namespace = async (name: string) => (await plane.ask("GET", `/api/v1/namespaces/${name}`)).body;
const platformEntry = async () => (await server.must("GET", "secret/data/platform")).data;

beforeAll(async () => {
	if (!ready) return;
	for (const name of ["plane", "server", "project"]) mkdirSync(join(folder, name));
	[plane, server] = await Promise.all([
		ControlPlane.start(join(folder, "plane")),
		VaultServer.start(join(folder, "server")),
	]);
	const site = mergePatch(lab, {
		cluster: { kubeconfig: plane.kubeconfig },
		registry: { source: { kind: "vault", path: "platform", key: "k8s_users" } },
		vault: { address: server.address, server: { kubernetesHost: plane.host, kubernetesCa: plane.ca } },
	});
	writeFileSync(join(folder, "site.json"), JSON.stringify(site));
	const alice = { role: "namespace-owner", email: "a@example.com", namespaces: ["alice"], domains: ["shop"] };
	const registry = join(folder, "registry.json");
	writeFileSync(registry, JSON.stringify({ alice }));
	missing = missingAfter(await run("deploy --yes", { INFRA_REGISTRY: registry }));
	if (missing !== undefined) return;
	await server.must("POST", "secret/data/platform", {
		data: { k8s_users: JSON.stringify({ alice }), other: "kept" },
	});
}, 120_000);
beforeEach(({ skip }) => {
	if (missing !== undefined) skip(missing);
});
afterAll(async () => {
	await Promise.all([plane?.stop(), server?.stop()]);
	rmSync(folder, { recursive: true });
});

const erin = "onboard erin --email e@example.com --yes --wait 60";

describe("a newcomer", () => {
	test("who cannot be is refused before anything is written", async () => {
		const { metadata } = await platformEntry();
		const { code, stderr } = await run("onboard erin --email A@example.com --namespace kube-erin --yes");
		expect(code).toBe(1);
		expect(stderr).toContain("alice has the same address");
		expect(stderr).toContain("kube-erin is reserved");
		expect((await platformEntry()).metadata.version).toBe(metadata.version);
	});

	test("has namespace, quota, policies and login afterwards, and a text that says how to use them", async () => {
		const { code, stdout, stderr } = await run(erin);
		expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
		expect(stdout.split("\n").filter((line) => line.startsWith("✓ "))).toEqual([
			"✓ erin is in the registry secret/platform",
			"✓ stack vault is applied",
			"✓ stack platform is applied",
			"✓ the namespace erin is there",
			"✓ the policy namespace-owner-erin can be read",
			"✓ the policy sops-user-erin can be read",
			"✓ the quota of erin is there",
		]);
		expect(stdout).toContain("Welcome erin.");
		expect((await namespace("erin")).metadata.labels).toMatchObject({ tier: "4-aux" });
		expect((await server.must("GET", "identity/entity/name/erin")).data.policies).toEqual([
			"namespace-owner-erin",
			"sops-user-erin",
		]);
	});

	test("changed nothing beside the registry in its entry, and nothing of others", async () => {
		const { data } = await platformEntry();
		expect(data.other).toBe("kept");
		expect(Object.keys(JSON.parse(data.k8s_users))).toEqual(["alice", "erin"]);
	});

	test("a second time finds everything as it is", async () => {
		const [{ metadata }, before] = [await platformEntry(), await namespace("alice")];
		const { code, stdout } = await run(erin);
		expect(code).toBe(0);
		expect(stdout).toContain("vault  no changes\n✓ stack vault is applied\nplatform  no changes\n");
		expect((await platformEntry()).metadata.version).toBe(metadata.version);
		expect((await namespace("alice")).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
	});

	test("of earlier days runs the app of the template, which the guards of the platform admit", async () => {
		const site = await loadSite(join(folder, "site.json"));
		const registry = parseRegistry((await platformEntry()).data.k8s_users);
		const app = new InfraApp({ site, registry, stacks: [], outdir: join(folder, "app") });
		const terraform = new TerraformFolder(join(folder, "app-stack"), {});
		const facts = { name: "app-template", purpose: "App of the template", stateTier: 1 } as const;
		terraform.write(new AppTemplateStack(app, facts).synthesizeOnce());
		expect(await terraform.providersMissing()).toBeUndefined();
		const applying = terraform.apply();
		const pods = "/api/v1/namespaces/alice/pods";
		const pod = async () =>
			(await plane.ask("GET", `${pods}?labelSelector=app=shop`)).body.items[0]?.metadata.name;
		await waitFor("the pod of the app is made", async () => (await pod()) !== undefined, {
			within: 60_000,
			every: 500,
		});
		// No kubelet runs it: the test says in its place that it is ready, and Terraform waits for no more.
		await plane.ask("PATCH", `${pods}/${await pod()}/status`, {
			status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] },
		});
		await applying;
		expect(await terraform.plan()).toEqual([]);
	});

	test("cannot run a pod by the account that reads secrets", async () => {
		const { status, body } = await plane.ask("POST", "/api/v1/namespaces/alice/pods?dryRun=All", {
			metadata: { name: "thief" },
			spec: {
				serviceAccountName: "secrets-reader",
				securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
				containers: [
					{
						name: "thief",
						image: "docker.io/library/busybox:1.37.0",
						securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
					},
				],
			},
		});
		expect([status, body.message]).toEqual([403, expect.stringContaining("no pod runs as secrets-reader")]);
	});

	test("is told what is missing when Vault is out of reach, and nothing is written", async () => {
		const { code, stderr } = await run("onboard frank --email f@example.com --yes", {
			VAULT_ADDR: "http://127.0.0.1:9",
		});
		expect(code).toBe(1);
		expect(stderr).toContain("http://127.0.0.1:9 cannot be reached");
	});
});
