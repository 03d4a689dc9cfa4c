import { describe, expect, test } from "vitest";
import { loadSite } from "../../../config/load-site.ts";
import { parseRegistry } from "../../../config/registry/parse-registry.ts";
import type { Site } from "../../../config/schema/site.ts";
import { agentEnvironment } from "../../../constructs/woodpecker/agent-environment.ts";
import { serverEnvironment } from "../../../constructs/woodpecker/server-environment.ts";
import { agentValues, serverValues } from "../../../constructs/woodpecker/values.ts";
import { unknownKeys } from "../../chart-keys.ts";
import chart from "./chart-keys.json" with { type: "json" };

const site = await loadSite("home");
const registry = parseRegistry(
	JSON.stringify({
		alice: { role: "namespace-owner", email: "a@example.com", namespaces: ["alice"] },
		bob: { role: "namespace-owner", email: "b@example.com", namespaces: ["bob"] },
		carol: { role: "power-user", email: "c@example.com" },
	}),
);
const backend = { namespace: "pipelines", agents: 2, workflows: 2, volume: 10 * 1024 ** 3 };
const secrets = { server: "server", agent: "agent", database: "database" };
const serverOnly = serverValues(site, secrets, registry);
const agentsOnly = agentValues(site, { release: "other", backend, secret: "own" });

/** The home site with another choice of some of the server's settings. */
const withSettings = (change: Partial<Site["woodpecker"]>): Site => ({
	...site,
	woodpecker: { ...site.woodpecker, ...change },
});

describe("the values of the releases", () => {
	test.for([
		["the server", serverOnly],
		["agents", agentsOnly],
	] as const)("of %s are all known to the chart", ([, values]) => {
		expect(unknownKeys(chart.keys, values)).toEqual([]);
	});

	test("are compared with the version that is installed", () => {
		expect(chart.version).toBe(site.woodpecker.chart.version);
	});

	test("would not pass with the agent's rights where the reference has them", () => {
		expect(unknownKeys(chart.keys, { agent: { rbac: { create: true } } })).toEqual(["agent.rbac.create"]);
	});

	test("take every secret from the environment of a Secret", () => {
		expect(serverOnly.server).toMatchObject({ extraSecretNamesForEnvFrom: ["server", "agent", "database"] });
		expect(agentsOnly.agent.extraSecretNamesForEnvFrom).toEqual(["own"]);
	});

	test("name the image in the chart's parts", () => {
		expect(agentsOnly.agent.image).toEqual({
			registry: "docker.io",
			repository: "woodpeckerci/woodpecker-agent",
			tag: site.woodpecker.images.agent.split(":")[1],
		});
	});
});

describe("the server", () => {
	test("has one forge, closed registration, and the administrators of site and registry", () => {
		const environment = serverEnvironment(site, registry);
		expect(environment).toMatchObject({
			WOODPECKER_FORGEJO: "true",
			WOODPECKER_OPEN: "false",
			WOODPECKER_ADMIN: "operator",
			WOODPECKER_DEFAULT_APPROVAL_MODE: "all_events",
		});
		expect(Object.keys(environment).filter((name) => name.includes("GITHUB"))).toEqual([]);
	});

	test("has the other forge and nothing of the first when the site says so", () => {
		const github = withSettings({ forge: { kind: "github", url: "https://github.com" } });
		const environment = serverEnvironment(github, registry);
		expect(environment.WOODPECKER_GITHUB_URL).toBe("https://github.com");
		expect(Object.keys(environment).filter((name) => name.includes("FORGEJO"))).toEqual([]);
	});

	test("is never open without organisations and owners of repositories", () => {
		const open = withSettings({
			registration: { kind: "open", organisations: ["team", "club"], repositoryOwners: ["team"] },
		});
		expect(serverEnvironment(open, registry)).toMatchObject({
			WOODPECKER_OPEN: "true",
			WOODPECKER_ORGS: "team,club",
			WOODPECKER_REPO_OWNERS: "team",
		});
	});
});

describe("an agent", () => {
	test("of tenants has no label, so that a workflow with one waits for ever", () => {
		expect(agentEnvironment(site, backend)).not.toHaveProperty("WOODPECKER_AGENT_LABELS");
	});

	test("of the infrastructure takes one repository, and there only what asks for it", () => {
		const environment = agentEnvironment(site, {
			...backend,
			only: { repository: "team/infra", branch: "main" },
		});
		expect(environment.WOODPECKER_AGENT_LABELS).toBe(
			"repo=team/infra,!tier=infra,!woodpecker-ci.org/commit-branch=main",
		);
		expect(environment.WOODPECKER_BACKEND_K8S_SERVICE_ACCOUNT_NAME_ALLOW_FROM_STEP).toBe("true");
	});

	test("lets a step choose neither account nor node, and no label that the server stamps", () => {
		const gates = Object.entries(agentEnvironment(site, backend)).filter(([name]) => /_ALLOW_/.test(name));
		expect(gates.map(([, value]) => value)).toEqual(gates.map(() => "false"));
		expect(gates.map(([name]) => name.replace("WOODPECKER_BACKEND_K8S_", ""))).toEqual(
			expect.arrayContaining(["SERVICE_ACCOUNT_NAME_ALLOW_FROM_STEP", "POD_NODE_SELECTOR_ALLOW_FROM_STEP"]),
		);
	});

	test("overrides every default of the chart that would become a variable without a value", () => {
		expect(agentEnvironment(site, backend)).toMatchObject({
			WOODPECKER_BACKEND_K8S_NAMESPACE_PER_ORGANIZATION: "false",
			WOODPECKER_BACKEND_K8S_STORAGE_RWX: "false",
			WOODPECKER_BACKEND_K8S_VOLUME_SIZE: "10Gi",
		});
	});
});
