import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { controlPlanePrograms } from "../harness/control-plane.ts";
import { needsPrograms } from "../harness/programs.ts";
import { waitFor } from "../harness/wait-for.ts";
import { AppliedVault } from "../vault/applied-vault.ts";
import { AppliedPlatform } from "./applied-platform.ts";
import { alice, bob, registry } from "./people.ts";
import { refused } from "./tenant-world.ts";

const ready = needsPrograms(...controlPlanePrograms, "bao|vault", "terraform");

const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-deployer-`));
let vault: AppliedVault;
let platform: AppliedPlatform;
let missing: string | undefined;

const deployments = (namespace: string) => `/apis/apps/v1/namespaces/${namespace}/deployments`;
const image = (tag: string) => ({
	spec: {
		template: { spec: { containers: [{ name: "web", image: `docker.io/library/nginx:${tag}` }] } },
	},
});

beforeAll(async () => {
	if (!ready) return;
	vault = await AppliedVault.start(folder);
	missing = await vault.providersMissing(registry);
	if (missing !== undefined) return;
	await vault.apply(registry);
	platform = await AppliedPlatform.on(vault.plane, join(folder, "platform"));
	missing = await platform.providersMissing(registry);
	if (missing !== undefined) return;
	await platform.makeOtherNamespaces();
	await platform.apply(registry);
	for (const [{ email }, namespace] of [
		[alice, "alice"],
		[bob, "bob"],
	] as const)
		await platform.as(email, "POST", deployments(namespace), {
			metadata: { name: "web" },
			spec: {
				selector: { matchLabels: { app: "web" } },
				template: { metadata: { labels: { app: "web" } }, ...image("1.29.0").spec.template },
			},
		});
}, 360_000);
beforeEach(({ skip }) => {
	if (missing !== undefined) skip(missing);
});
afterAll(async () => {
	await vault?.stop();
	rmSync(folder, { recursive: true });
});

/**
 * A token of the deployer of a namespace, as Vault issues it to its owner. The API server hears of the binding that Vault
 * has made for it a moment later.
 */
async function deployerOf(namespace: string, email: string): Promise<string> {
	const { token } = await vault.login(email);
	const path = `kubernetes/creds/${namespace}-deployer`;
	const issued = await vault.server.ask("POST", path, { kubernetes_namespace: namespace }, token);
	expect(issued.status).toBe(200);
	const deployer = issued.body.data.service_account_token;
	await waitFor(
		"the rights of the deployer",
		async () =>
			(await vault.plane.ask("GET", `${deployments(namespace)}/web`, undefined, deployer)).status === 200,
		{ within: 60_000, every: 100 },
	);
	return deployer;
}

test("an owner's token from Vault deploys in the own namespace and nowhere else", async () => {
	const deployer = await deployerOf("alice", alice.email);
	const deploy = (namespace: string) =>
		vault.plane.ask("PATCH", `${deployments(namespace)}/web`, image("1.29.1"), deployer);
	expect((await deploy("alice")).status).toBe(200);
	expect((await deploy("bob")).status).toBe(403);
	expect((await vault.plane.ask("GET", "/api/v1/namespaces/alice/secrets", undefined, deployer)).status).toBe(
		403,
	);
});

test("the account that Vault makes for it changes images and nothing else", async () => {
	const deployer = await deployerOf("alice", alice.email);
	const command = {
		containers: [{ name: "web", image: "docker.io/library/nginx:1.29.1", command: ["env"] }],
	};
	const patch = { spec: { template: { spec: command } } };
	const { status, body } = await vault.plane.ask("PATCH", `${deployments("alice")}/web`, patch, deployer);
	expect([status, body.message]).toEqual(refused("ValidatingAdmissionPolicy 'tenant-deployers'"));
});

test("both stacks have nothing left to change", async () => {
	expect(await vault.plan(registry)).toEqual([]);
	expect(await platform.plan(registry)).toEqual([]);
});
