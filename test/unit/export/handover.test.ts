import { expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { exportCommand } from "../../../cli/commands/export.ts";
import { renderAtlantis } from "../../../cli/export/atlantis.ts";
import { type Handover, handoverOf } from "../../../cli/export/handover.ts";
import { renderTofuController } from "../../../cli/export/tofu-controller.ts";
import { stackGraph } from "../../../cli/graph/stack-graph.ts";
import { loadRegistry } from "../../../clients/vault/load-registry.ts";
import { loadSite } from "../../../config/load-site.ts";
import { openProject } from "../../../engine/project.ts";
import { loadStacks } from "../../../stacks/catalogue.ts";
import { testApp } from "../../synth.ts";

const stacks = await loadStacks();

async function handover(site: string): Promise<Handover> {
	const app = await testApp(stacks, await loadSite(site), await loadRegistry(await loadSite("lab")));
	const documents = app.stacks.map((stack) => stack.synthesizeOnce());
	return handoverOf(stackGraph(app), documents, site === "lab" ? "cdktf.out" : `cdktf.out.${site}`);
}

const sources = ["config/**", "package-lock.json"];
const atlantis = (given: Handover) =>
	renderAtlantis({ ...given, sources, synth: "npm ci && npx infra synth" });
const flux = (given: Handover, autoApprove = false) =>
	renderTofuController({ ...given, source: { kind: "GitRepository", name: "infra" }, autoApprove });
const objects = (text: string) => parseAllDocuments(text).map((document) => document.toJS());

function project(name: string, group: number, before: readonly string[], folder: string) {
	return {
		name,
		dir: `${folder}/stacks/${name}`,
		workspace: "default",
		...(before.length > 0 && { depends_on: before }),
		execution_order_group: group,
		autoplan: { enabled: true, when_modified: ["../../../config/**", "../../../package-lock.json"] },
		workflow: "infra",
	};
}

test("Atlantis gets a project per stack of the lab, in the order in which they are applied", async () => {
	const text = atlantis(await handover("lab"));
	expect(parse(text)).toEqual({
		version: 3,
		automerge: false,
		parallel_plan: false,
		parallel_apply: false,
		abort_on_execution_order_fail: true,
		projects: [
			project("storage", 0, [], "cdktf.out"),
			project("vault", 1, ["storage"], "cdktf.out"),
			project("platform", 2, ["vault"], "cdktf.out"),
			project("redis", 3, ["platform"], "cdktf.out"),
			project("mailserver", 4, ["redis"], "cdktf.out"),
			project("woodpecker", 5, ["mailserver"], "cdktf.out"),
		],
		workflows: {
			infra: {
				plan: { steps: [{ run: "cd ../../.. && npm ci && npx infra synth" }, "init", "plan"] },
				apply: { steps: ["apply"] },
			},
		},
	});
	expect(text).toContain("is a local file in Atlantis' clone");
	expect(text, "Atlantis is given no aliases of YAML").not.toMatch(/[&*]a\d/);
});

test("stacks of home with an encrypted state are left out, which the file says", async () => {
	const text = atlantis(await handover("home"));
	expect(parse(text).projects).toEqual([
		project("redis", 0, [], "cdktf.out.home"),
		project("mailserver", 1, ["redis"], "cdktf.out.home"),
		project("woodpecker", 2, ["mailserver"], "cdktf.out.home"),
	]);
	for (const name of ["storage", "vault", "platform"])
		expect(text).toContain(`# ${name} is left out: its state is kept encrypted, and only infra opens it.`);
	expect(text).not.toContain("local file");
});

test("the tofu-controller keeps the backend of the documents of home, and waits for approvals", async () => {
	const terraform = (name: string, before: readonly string[]) => ({
		apiVersion: "infra.contrib.fluxcd.io/v1alpha2",
		kind: "Terraform",
		metadata: { name, namespace: "flux-system" },
		spec: {
			interval: "1h",
			approvePlan: "",
			path: `./cdktf.out.home/stacks/${name}`,
			sourceRef: { kind: "GitRepository", name: "infra" },
			...(before.length > 0 && { dependsOn: before.map((name) => ({ name })) }),
			backendConfig: {
				customConfiguration: `backend "pg" {
  conn_str = "postgres://terraform_state@10.0.20.200:5432/terraform_state?sslmode=disable"
  schema_name = "${name}"
}
`,
			},
		},
	});
	const text = flux(await handover("home"));
	expect(objects(text)).toEqual([
		terraform("redis", []),
		terraform("mailserver", ["redis"]),
		terraform("woodpecker", ["mailserver"]),
	]);
	expect(text).toContain("# vault is left out");
});

test("the tofu-controller has a Secret for what the lab keeps in files", async () => {
	const text = flux(await handover("lab"), true);
	const specs = objects(text).map(({ spec }) => spec);
	expect(specs.map(({ path }) => path)).toEqual(
		["storage", "vault", "platform", "redis", "mailserver", "woodpecker"].map(
			(name) => `./cdktf.out/stacks/${name}`,
		),
	);
	expect(specs.every(({ approvePlan }) => approvePlan === "auto")).toBe(true);
	expect(specs.some((spec) => "backendConfig" in spec)).toBe(false);
	expect(text).toContain("begins empty in a Secret of the controller");
});

const document = (stack: string, encrypted = false) => ({
	stack,
	json: {
		"//": { state: encrypted ? { encryption: { recipients: ["age1"] } } : {} },
		terraform: { backend: encrypted ? { http: {} } : { pg: { conn_str: "postgres://a/$" + "{b}" } } },
	},
});
const edge = (from: string, to: string) => ({ from, to, kind: "before" as const });

test("a stack after two others depends on both, and is deeper than the deeper one", () => {
	const graph = { stacks: ["a", "b", "c", "d"], edges: [edge("a", "b"), edge("b", "d"), edge("c", "d")] };
	const given = handoverOf(
		graph,
		graph.stacks.map((name) => document(name)),
		"out",
	);
	expect(given.stacks.map(({ name, dependsOn, depth }) => ({ name, dependsOn, depth }))).toEqual([
		{ name: "a", dependsOn: [], depth: 0 },
		{ name: "b", dependsOn: ["a"], depth: 1 },
		{ name: "c", dependsOn: [], depth: 0 },
		{ name: "d", dependsOn: ["b", "c"], depth: 2 },
	]);
	expect(objects(flux(given))[3].spec.dependsOn).toEqual([{ name: "b" }, { name: "c" }]);
});

test("a stack behind one that is kept depends on what that one depends on, once", () => {
	const graph = {
		stacks: ["a", "b", "c", "d"],
		edges: [edge("a", "b"), edge("a", "c"), edge("b", "d"), edge("c", "d")],
	};
	const documents = [document("a"), document("b", true), document("c", true), document("d")];
	const given = handoverOf(graph, documents, "out");
	expect(given.stacks.map(({ name, dependsOn, depth }) => [name, dependsOn, depth])).toEqual([
		["a", [], 0],
		["d", ["a"], 1],
	]);
	expect(given.kept.map(({ stack }) => stack)).toEqual(["b", "c"]);
});

test("a single stack depends on nothing, and its settings are no templates", () => {
	const given = handoverOf({ stacks: ["a"], edges: [] }, [document("a")], "out");
	expect(parse(atlantis(given)).projects[0]).not.toHaveProperty("depends_on");
	const [object] = objects(flux(given));
	expect(object.spec).not.toHaveProperty("dependsOn");
	expect(object.spec.backendConfig.customConfiguration).toContain('conn_str = "postgres://a/$$' + '{b}"');
});

test("a site none of whose stacks can be handed over is refused with the reasons", () => {
	expect(() => handoverOf({ stacks: ["a"], edges: [] }, [document("a", true)], "out")).toThrow(
		"no stack can be handed over:\n  a: its state is kept encrypted",
	);
});

test("an unknown engine is refused with the list of engines", async () => {
	const command = exportCommand(openProject(() => ({ site: "lab", chosenBy: "test" })))
		.exitOverride()
		.configureOutput({ writeErr: () => {} });
	await expect(command.parseAsync(["--engine", "spacelift"], { from: "user" })).rejects.toThrow(
		"Allowed choices are atlantis, tofu-controller",
	);
});
