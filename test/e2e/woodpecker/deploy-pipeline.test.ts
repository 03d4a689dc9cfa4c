import { execFile } from "node:child_process";
import {
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { loadSite } from "../../../config/load-site.ts";
import { ownerNames } from "../../../config/registry/owner-names.ts";
import { renderDeployPipeline } from "../../../constructs/woodpecker/deploy-pipeline.ts";
import { findProgram } from "../../../lab/find-program.ts";
import { controlPlanePrograms } from "../harness/control-plane.ts";
import { needsPrograms, vaultProgram } from "../harness/programs.ts";
import { waitFor } from "../harness/wait-for.ts";
import { AppliedVault } from "../vault/applied-vault.ts";

const ready = needsPrograms(...controlPlanePrograms, "bao|vault", "terraform", "kubectl");
const owner = (name: string, organisation: number) => ({
	role: "namespace-owner",
	email: `${name}@example.com`,
	namespaces: [name],
	ci_org_id: organisation,
});
const registry = { alice: owner("alice", 2), bob: owner("bob", 3) };
const pipelines = ownerNames.pipelineNamespace("alice");
const site = await loadSite("lab");

const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-pipeline-`));
const at = (name: string) => join(folder, name);
let world: AppliedVault;
let missing: string | undefined;

beforeAll(async () => {
	if (!ready) return;
	world = await AppliedVault.start(folder);
	missing = await world.providersMissing(registry);
	if (missing !== undefined) return;
	await world.apply(registry);
	for (const namespace of ["alice", "bob"])
		await world.plane.ask("POST", `/apis/apps/v1/namespaces/${namespace}/deployments`, {
			metadata: { name: "web" },
			// Nothing runs pods here: a rollout of none is complete at once.
			spec: {
				replicas: 0,
				selector: { matchLabels: { app: "web" } },
				template: {
					metadata: { labels: { app: "web" } },
					spec: { containers: [{ name: "app", image: "docker.io/alice/web:00000000" }] },
				},
			},
		});
	for (const name of ["account", "bin"]) mkdirSync(at(name));
	writeFileSync(at("account/token"), await podToken(pipelines));
	writeFileSync(at("account/ca.crt"), world.plane.ca);
	symlinkSync(vaultProgram ?? "", at("bin/vault"));
	symlinkSync(findProgram("kubectl") ?? "", at("bin/kubectl"));
}, 240_000);
beforeEach(({ skip }) => {
	if (missing !== undefined) skip(missing);
});
afterAll(async () => {
	await world?.stop();
	rmSync(folder, { recursive: true });
});

/** What Kubernetes mounts into a pod of a namespace. */
async function podToken(namespace: string): Promise<string> {
	await world.plane.ask("POST", "/api/v1/namespaces", { metadata: { name: namespace } });
	await world.plane.ask("POST", `/api/v1/namespaces/${namespace}/serviceaccounts`, {
		metadata: { name: "default" },
	});
	const { body } = await world.plane.ask(
		"POST",
		`/api/v1/namespaces/${namespace}/serviceaccounts/default/token`,
		{ spec: { expirationSeconds: 3600 } },
	);
	return body.status.token;
}

interface Step {
	readonly name: string;
	readonly commands?: readonly string[];
}

/** Runs the shell steps of a pipeline one after the other in one workspace, as its pods would. */
async function run(namespace: string, upTo?: string): Promise<{ workspace: string; error: string }> {
	const workspace = mkdtempSync(at("workspace-"));
	const target = {
		owner: "alice",
		namespace,
		deployment: "web",
		container: "app",
		image: "docker.io/alice/web",
	};
	const { steps } = parse(renderDeployPipeline(site, target)) as { steps: readonly Step[] };
	for (const { name, commands } of steps) {
		if (commands === undefined) continue;
		const script = commands
			.join("\n")
			.replaceAll("/var/run/secrets/kubernetes.io/serviceaccount", at("account"))
			.replaceAll("https://kubernetes.default.svc", world.plane.host);
		try {
			await promisify(execFile)("sh", ["-ec", script], {
				cwd: workspace,
				env: {
					PATH: [at("bin"), process.env.PATH].join(delimiter),
					HOME: workspace,
					VAULT_ADDR: world.server.address,
					CI_COMMIT_SHA: "0012e345aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
				},
				timeout: 60_000,
			});
		} catch (error) {
			return { workspace, error: `${name}: ${(error as { stderr: string }).stderr}` };
		}
		if (name === upTo) break;
		if (name === "ask-for-token")
			await seesToken(readFileSync(join(workspace, ".deploy-token"), "utf8"), namespace);
	}
	return { workspace, error: "" };
}

/** The API server sees the binding of a new token a moment later, which is sooner than the pod of a next step starts. */
async function seesToken(token: string, namespace: string): Promise<void> {
	await waitFor(
		"the API server sees the token's rights",
		async () => {
			const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
			const resourceAttributes = { verb: "patch", group: "apps", resource: "deployments", namespace };
			const { body } = await world.plane.ask("POST", path, { spec: { resourceAttributes } }, token.trim());
			return body.status?.allowed;
		},
		{ within: 30_000 },
	);
}

const imageOf = async (namespace: string) => {
	const { body } = await world.plane.ask("GET", `/apis/apps/v1/namespaces/${namespace}/deployments/web`);
	return body.spec.template.spec.containers[0].image;
};

/** Asks for a deployer's token as a pipeline does. */
async function askForToken(more: object = {}) {
	const { token } = await world.machine("pipelines-alice", pipelines, "default");
	const asked = { kubernetes_namespace: "alice", ...more };
	return world.server.ask("POST", "kubernetes/creds/alice-deployer", asked, token);
}

describe("an owner's pipeline on real servers", () => {
	test("sets the image of the commit in the own namespace and leaves no token behind", async () => {
		const { error, workspace } = await run("alice");
		expect(error).toBe("");
		expect(await imageOf("alice")).toBe("docker.io/alice/web:0012e345");
		expect(readdirSync(workspace).filter((name) => name.startsWith(".deploy"))).toEqual([]);
	});

	test.for(["bob", "carol"])(
		"fails before it has touched anything in namespace %s, not the owner's",
		async (other) => {
			const { error } = await run(other);
			expect(error).toMatch(/^ask-for-token: .*permission denied/s);
		},
	);

	test.for([
		["delete the deployment", "DELETE", "/apis/apps/v1/namespaces/alice/deployments/web"],
		["read secrets", "GET", "/api/v1/namespaces/alice/secrets"],
		["deploy into another namespace", "PATCH", "/apis/apps/v1/namespaces/bob/deployments/web"],
	] as const)("cannot %s with the token", async ([, method, path]) => {
		const { body } = await askForToken();
		const change = method === "PATCH" ? { spec: {} } : undefined;
		const { status } = await world.plane.ask(method, path, change, body.data.service_account_token);
		expect(status).toBe(403);
	});

	test("asks for the shortest token that there is", async () => {
		expect((await askForToken({ ttl: "600s" })).body.lease_duration).toBe(600);
		const { body } = await askForToken({ ttl: "599s" });
		expect(JSON.stringify(body)).toContain("may not specify a duration less than 10 minutes");
	});
});

describe("the identity of tenants' steps", () => {
	test("has no right in the cluster", async () => {
		const review = (verb: string, resource: string, group = "") => ({
			kind: "SelfSubjectAccessReview",
			apiVersion: "authorization.k8s.io/v1",
			spec: { resourceAttributes: { verb, resource, group } },
		});
		const token = await podToken(pipelines);
		for (const asked of [review("*", "*", "*"), review("list", "secrets"), review("create", "pods")]) {
			const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
			expect((await world.plane.ask("POST", path, asked, token)).body.status.allowed).toBe(false);
		}
	});

	test("is the only one that may log in as the owner's pipelines", async () => {
		expect((await world.machine("pipelines-alice", pipelines, "default")).status).toBe(200);
		expect((await world.machine("pipelines-alice", "woodpecker-pipelines-bob", "default")).error).toContain(
			"namespace not authorized",
		);
		expect((await world.machine("pipelines-alice", pipelines, "builder")).error).toContain(
			"service account name not authorized",
		);
		for (const role of ["pipelines-bob", "ci-infra"])
			expect((await world.machine(role, pipelines, "default")).status).toBe(403);
	});
});
