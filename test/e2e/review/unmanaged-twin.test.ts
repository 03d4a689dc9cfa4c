import { execFile, execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify, stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { loadSite } from "../../../config/load-site.ts";
import type { Site } from "../../../config/schema/site.ts";
import { labZone } from "../../../config/sites/lab-zone.ts";
import { type AlreadyThere, alreadyThere } from "../../../engine/live/import-blocks.ts";
import { lookAround } from "../../../engine/live/look-around.ts";
import { renderAdoption } from "../../../engine/plan/render-adoption.ts";
import { apiPath, dnsApi } from "../../../lab/dns-api/server.ts";
import { unmanagedTwin } from "../../../review/catalogue/unmanaged-twin.ts";
import type { TerraformPlan } from "../../../review/plan/plan-json.ts";
import { summarizePlan } from "../../../review/plan/plan-summary.ts";
import { reviewStack } from "../../../review/review-stack.ts";
import type { World } from "../../../world/world.ts";
import { mergePatch } from "../../merge-patch.ts";
import { create, planned } from "../../unit/review/planned.ts";
import { ControlPlane, controlPlanePrograms } from "../harness/control-plane.ts";
import { needsPrograms } from "../harness/programs.ts";
import { VaultServer } from "../harness/vault-server.ts";

const ready = needsPrograms(...controlPlanePrograms, "kubectl", "bao|vault", "terraform");
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-twin-`));
const [planeFolder, vaultFolder, stackFolder] = ["plane", "vault", "stack"].map((name) =>
	join(folder, name),
) as [string, string, string];
let plane: ControlPlane;
let vault: VaultServer;
let world: World;
let missing: string | undefined;
const run = promisify(execFile);

async function terraform(...args: string[]): Promise<{ readonly failed: boolean; readonly stdout: string }> {
	const env = { ...process.env, CHECKPOINT_DISABLE: "1", NO_COLOR: "1" };
	try {
		const { stdout } = await run("terraform", args, { cwd: stackFolder, env, maxBuffer: 64 * 1024 ** 2 });
		return { failed: false, stdout };
	} catch (error) {
		const { stdout, stderr } = error as { stdout: string; stderr: string };
		return { failed: true, stdout: stdout + stderr };
	}
}

function byHand(object: object): void {
	execFileSync("kubectl", [`--kubeconfig=${plane.kubeconfig}`, "create", "--filename=-"], {
		input: JSON.stringify(object),
		stdio: "pipe",
	});
}

const claimSpec = {
	accessModes: ["ReadWriteOnce"],
	resources: { requests: { storage: "1Gi" } },
	storageClassName: "none",
};
const claim = (name: string) => ({
	apiVersion: "v1",
	kind: "PersistentVolumeClaim",
	metadata: { name, namespace: "shop" },
	spec: claimSpec,
});
const policy = (path: string) => `path "${path}" { capabilities = ["read"] }`;
const meta = (name: string) => ({ name, namespace: "shop" });

/** What the stack makes; `there` is what is there already, each other one is not. */
const stack = {
	kubernetes_namespace_v1: { there: { metadata: { name: "shop" } }, free: { metadata: { name: "free" } } },
	kubernetes_config_map_v1: {
		there: { metadata: meta("settings"), data: {} },
		free: { metadata: meta("free"), data: {} },
	},
	kubernetes_manifest: {
		there: {
			manifest: {
				apiVersion: "apps/v1",
				kind: "Deployment",
				metadata: meta("web"),
				spec: podsOf("web", "web-data-encrypted"),
			},
		},
	},
	kubernetes_persistent_volume_claim_v1: {
		free: {
			metadata: meta("web-data-encrypted"),
			wait_until_bound: false,
			spec: {
				access_modes: ["ReadWriteOnce"],
				resources: { requests: { storage: "1Gi" } },
				storage_class_name: "none",
			},
		},
	},
	vault_policy: {
		there: { name: "ci", policy: policy("secret/data/ci") },
		free: { name: "free", policy: policy("a") },
	},
	vault_mount: { there: { path: "keys", type: "transit" }, free: { path: "free", type: "transit" } },
	vault_auth_backend: { there: { type: "kubernetes" }, free: { type: "kubernetes", path: "free" } },
	vault_transit_secret_backend_key: { there: { backend: "keys", name: "state" } },
	vault_identity_entity: { there: { name: "alice" }, free: { name: "free" } },
	vault_identity_group: { there: { name: "admins" }, free: { name: "free" } },
	vault_kv_secret_v2: {
		there: { mount: "secret", name: "ci/global", data_json: '{"a":"1"}' },
		free: { mount: "secret", name: "free", data_json: "{}" },
	},
	vault_kubernetes_auth_backend_role: {
		there: {
			backend: "kubernetes",
			role_name: "ci",
			bound_service_account_names: ["a"],
			bound_service_account_namespaces: ["b"],
			audience: "vault",
		},
		free: {
			backend: "kubernetes",
			role_name: "free",
			bound_service_account_names: ["a"],
			bound_service_account_namespaces: ["b"],
			audience: "vault",
		},
	},
};

function podsOf(app: string, claimName: string) {
	return {
		selector: { matchLabels: { app } },
		template: {
			metadata: { labels: { app } },
			spec: {
				containers: [{ name: "main", image: "docker.io/library/nginx:1.29.3" }],
				volumes: [{ name: "data", persistentVolumeClaim: { claimName } }],
			},
		},
	};
}

beforeAll(async () => {
	if (!ready) return;
	for (const path of [planeFolder, vaultFolder, stackFolder]) mkdirSync(path);
	[plane, vault] = await Promise.all([ControlPlane.start(planeFolder), VaultServer.start(vaultFolder)]);
	vi.stubEnv("VAULT_ADDR", vault.address);
	vi.stubEnv("VAULT_TOKEN", vault.rootToken);
	const required_providers = {
		kubernetes: { source: "hashicorp/kubernetes" },
		vault: { source: "hashicorp/vault" },
	};
	const provider = { kubernetes: { config_path: plane.kubeconfig } };
	writeFileSync(
		join(stackFolder, "cdk.tf.json"),
		JSON.stringify({ terraform: { required_providers }, provider, resource: stack }, null, 2),
	);
	if ((await terraform("init", "-input=false")).failed)
		missing =
			"terraform init cannot install the providers: a registry, a mirror or the plugin folder enables it";
	const site = mergePatch(await loadSite("lab"), { cluster: { kubeconfig: plane.kubeconfig } }) as Site;
	world = { site, stacks: [] };
	byHand({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
	byHand({ apiVersion: "v1", kind: "ConfigMap", metadata: meta("settings"), data: { level: "info" } });
	byHand(claim("web-data"));
	byHand(claim("other-data"));
	byHand({
		apiVersion: "apps/v1",
		kind: "Deployment",
		metadata: meta("web"),
		spec: podsOf("web", "web-data"),
	});
	await vault.must("POST", "sys/policies/acl/ci", { policy: policy("secret/data/*") });
	await vault.must("POST", "sys/mounts/keys", { type: "transit" });
	await vault.must("POST", "keys/keys/state", {});
	await vault.must("POST", "sys/auth/kubernetes", { type: "kubernetes" });
	await vault.must("POST", "auth/kubernetes/role/ci", {
		bound_service_account_names: "x",
		bound_service_account_namespaces: "y",
		audience: "vault",
	});
	await vault.must("POST", "identity/entity", { name: "alice" });
	await vault.must("POST", "identity/group", { name: "admins" });
	await vault.must("POST", "secret/data/ci/global", { data: { kept: "hidden-4711" } });
}, 240_000);
beforeEach(({ skip }) => {
	if (missing !== undefined) skip(missing);
});
afterAll(async () => {
	vi.unstubAllEnvs();
	await Promise.all([plane?.stop(), vault?.stop()]);
	rmSync(folder, { recursive: true });
});

test("what is there already is found, nothing else, and the apply does to it what the finding says", async () => {
	await terraform("plan", "-input=false", "-out=plan");
	const plan = JSON.parse((await terraform("show", "-json", "plan")).stdout);
	const summary = summarizePlan("first", plan, () => undefined);
	const live = await lookAround(summary, world);
	expect(live.errors).toEqual([]);
	const effects = Object.fromEntries(live.twins.map(({ address, effect }) => [address, effect]));
	expect(effects).toEqual({
		"kubernetes_namespace_v1.there": "refused",
		"kubernetes_config_map_v1.there": "refused",
		"kubernetes_manifest.there": "refused",
		"vault_policy.there": "overwritten",
		"vault_mount.there": "refused",
		"vault_auth_backend.there": "refused",
		"vault_transit_secret_backend_key.there": "taken over",
		"vault_identity_entity.there": "refused",
		"vault_identity_group.there": "refused",
		"vault_kv_secret_v2.there": "overwritten",
		"vault_kubernetes_auth_backend_role.there": "overwritten",
	});
	expect(live.twins.find(({ address }) => address === "kubernetes_config_map_v1.there")?.what).toMatch(
		/^ConfigMap shop\/settings \(of 20\S+, by kubectl-create\)$/,
	);

	const findings = reviewStack({ summary, warnings: [], errors: [], before: undefined, after: world, live }, [
		unmanagedTwin,
	]);
	const left = findings.filter(({ address }) => address === "kubernetes_persistent_volume_claim_v1.free");
	expect(left.map(({ risk, message }) => `${risk}: ${message}`)).toEqual([
		expect.stringMatching(
			/^danger: its volume is new and empty, and claim web-data \(1Gi, of 20\S+\), which no stack declares/,
		),
	]);
	expect(JSON.stringify(findings)).not.toContain("hidden");

	await importedAsPrinted(await alreadyThere(summary.changes, live, { world, env: process.env }));

	const { stdout } = await terraform("apply", "-input=false", "-no-color", "plan");
	const made = [...stdout.matchAll(/^(\S+): Creation complete/gm)].map(([, address = ""]) => address);
	const all = summary.changes.map(({ address }) => address);
	expect(all.filter((address) => !made.includes(address)).sort()).toEqual(
		all.filter((address) => effects[address] === "refused").sort(),
	);
	expect((await vault.must("GET", "secret/data/ci/global")).data.data).toEqual({ a: "1" });
}, 300_000);

/** Every id is one that the provider's importer takes: a plan with the blocks imports each, and creates none of them. */
async function importedAsPrinted(found: readonly AlreadyThere[]): Promise<void> {
	expect(found.filter(({ reason }) => reason !== undefined)).toEqual([]);
	expect(found.map(({ address }) => address).sort()).toEqual(
		Object.entries(stack)
			.flatMap(([type, blocks]) => ("there" in blocks ? [`${type}.there`] : []))
			.sort(),
	);
	expect(found.find(({ address }) => address === "kubernetes_manifest.there")?.id).toBe(
		"apiVersion=apps/v1,kind=Deployment,namespace=shop,name=web",
	);
	const blocks = join(stackFolder, "imports.tf");
	const [, ...lines] = stripVTControlCharacters(renderAdoption("first", found)).split("\n");
	writeFileSync(blocks, lines.join("\n"));
	const planned = await terraform("plan", "-input=false", "-out=imports");
	expect(planned.failed && planned.stdout).toBe(false);
	const plan: TerraformPlan = JSON.parse((await terraform("show", "-json", "imports")).stdout);
	rmSync(blocks);
	const imported = (plan.resource_changes ?? []).flatMap(({ address, change }) =>
		change.importing === undefined ? [] : [address],
	);
	expect(imported.sort()).toEqual(found.map(({ address }) => address).sort());
}

test("what cannot be asked is said, and nothing is taken for free", async () => {
	const made = planned({
		resource_changes: [
			create("vault_policy.ci", { name: "ci" }),
			create("kubernetes_config_map_v1.a", { metadata: [{ name: "a" }] }),
		],
	});
	vi.stubEnv("VAULT_ADDR", "http://127.0.0.1:1");
	const dead = { ...world, site: mergePatch(world.site, { cluster: { kubeconfig: "/nowhere" } }) as Site };
	const live = await lookAround(made.summary, dead);
	vi.stubEnv("VAULT_ADDR", vault.address);
	expect(live).toEqual({
		twins: [],
		claims: [],
		errors: [expect.stringContaining("the cluster was not asked"), expect.stringContaining("127.0.0.1:1")],
	});
	expect(reviewStack({ ...made, live }, [unmanagedTwin]).map(({ risk }) => risk)).toEqual([
		"notice",
		"notice",
	]);
});

test("a token without rights is told once, however much was asked", async () => {
	const { auth } = await vault.must("POST", "auth/token/create", { policies: ["default"] });
	vi.stubEnv("VAULT_TOKEN", auth.client_token);
	const made = planned({
		resource_changes: ["a", "b"].map((name) => create(`vault_policy.${name}`, { name })),
	});
	const live = await lookAround(made.summary, world);
	vi.stubEnv("VAULT_TOKEN", vault.rootToken);
	expect(live).toEqual({
		twins: [],
		claims: [],
		errors: ["Vault does not let the token look at 2 of 2 things"],
	});
});

test("of a zone, the same record and an alias are refused, and another answer stands beside it", async () => {
	vi.spyOn(process.stdout, "write").mockReturnValue(true);
	const { zoneId, accountId, tunnelId } = labZone.dns;
	const server: Server = dnsApi({
		token: "token",
		domain: "lab.example.org",
		zoneId,
		accountId,
		tunnelId,
	}).listen(0, "127.0.0.1");
	await once(server, "listening");
	const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}${apiPath}`;
	const put = async (record: object) =>
		(
			await fetch(`${baseUrl}/zones/${zoneId}/dns_records`, {
				method: "POST",
				headers: { authorization: "Bearer token" },
				body: JSON.stringify({ ttl: 1, ...record }),
			})
		).status;
	const record = (name: string, type: string, content: string) => ({
		name: `${name}.lab.example.org`,
		type,
		content,
	});
	for (const one of [record("a", "A", "192.0.2.1"), record("b", "CNAME", "a.lab.example.org")])
		await put(one);
	vi.stubEnv("CLOUDFLARE_API_TOKEN", "token");
	const wanted = [
		record("a", "A", "192.0.2.1"),
		record("a", "A", "192.0.2.2"),
		record("a", "TXT", '"text"'),
		record("a", "CNAME", "c.lab.example.org"),
		record("b", "A", "192.0.2.1"),
		record("c", "A", "192.0.2.1"),
	];
	const made = planned({
		resource_changes: wanted.map((values, index) => create(`cloudflare_dns_record.r${index}`, values)),
	});
	const { twins } = await lookAround(made.summary, {
		...world,
		site: { ...world.site, dns: { ...labZone.dns, baseUrl } },
	});
	expect(twins.map(({ address, effect }) => `${address.slice(-2)} ${effect}`)).toEqual([
		"r0 refused",
		"r1 beside",
		"r3 refused",
		"r4 refused",
	]);
	const refused = [0, 3, 4];
	for (const [index, one] of wanted.entries())
		expect(await put(one)).toBe(refused.includes(index) ? 400 : 200);
	server.close();
});
