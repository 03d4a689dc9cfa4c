import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { identityOf, type PipelineIdentity } from "../../../config/pipeline-identities.ts";
import { certifierMachine } from "../../../config/sites/vault-defaults.ts";
import { agentEnvironment, infrastructureBackend } from "../../../constructs/woodpecker/agent-environment.ts";
import {
	pipelinesOf,
	renderInfrastructurePipeline,
	sealedStep,
} from "../../../constructs/woodpecker/infrastructure-pipelines.ts";
import { stampedLabels, stampedValue } from "../../../constructs/woodpecker/stamped-labels.ts";
import { zone } from "../../lab-with-zone.ts";
import { controlPlanePrograms } from "../harness/control-plane.ts";
import { GiteaServer } from "../harness/gitea-server.ts";
import { needsPrograms } from "../harness/programs.ts";
import { repository } from "../harness/test-forge.ts";
import { waitFor } from "../harness/wait-for.ts";
import { WoodpeckerServer, woodpeckerPrograms } from "../harness/woodpecker-server.ts";
import { AppliedWoodpecker } from "./applied-woodpecker.ts";

const ready = needsPrograms(
	...controlPlanePrograms,
	"bao|vault",
	"terraform",
	"gitea",
	...woodpeckerPrograms,
);
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-backend-`));
const namespace = "woodpecker-infra";
let applied: AppliedWoodpecker;
let gitea: GiteaServer;
let ci: WoodpeckerServer;
let missing: string | undefined;
/** Number of the repository at the CI server. */
let number = 0;

/** The lab with everything that a pipeline of the infrastructure may run as, and the repository of the forge. */
const patch = {
	...zone,
	cluster: {
		ingress: {
			certificate: {
				issuer: {
					kind: "acme",
					directory: "https://acme.example.org/directory",
					contact: "postmaster@example.org",
					renewBefore: "30d",
				},
			},
		},
	},
	storage: { nfs: { ssh: { hostKey: "ssh-ed25519 AAAA" } } },
	vault: { machines: { "ci-certificate": certifierMachine } },
	woodpecker: {
		certifier: "ci-certificate",
		infrastructureRepository: repository,
		images: { infrastructure: "registry.example.org/infra-ci:1" },
	},
};

beforeAll(async () => {
	if (!ready) return;
	for (const name of ["stack", "gitea", "ci"]) mkdirSync(join(folder, name), { recursive: true });
	[applied, gitea] = await Promise.all([
		AppliedWoodpecker.start(join(folder, "stack"), patch),
		GiteaServer.start(join(folder, "gitea")),
	]);
	missing = await applied.apply();
	if (missing !== undefined) return;
	const { site, plane } = applied;
	ci = await WoodpeckerServer.start(join(folder, "ci"), gitea, {
		...agentEnvironment(site, {
			...infrastructureBackend(site),
			// No step ends here, where no node is.
			workflows: 30,
		}),
		KUBECONFIG: plane.kubeconfig,
		// It then takes the kubeconfig instead of what a pod would have.
		KUBERNETES_SERVICE_HOST: "127.0.0.1",
	});
	const { id } = await gitea.ask("GET", `/repos/${repository}`);
	number = (await ci.ask("POST", `/repos?forge_remote_id=${id}`)).id;
}, 300_000);
beforeEach(({ skip }) => {
	if (missing !== undefined) skip(missing);
});
afterAll(async () => {
	await ci?.stop();
	await Promise.all([gitea?.stop(), applied?.stop()]);
	rmSync(folder, { recursive: true });
});

const account = (who: PipelineIdentity) => identityOf(applied.site, who).machine.serviceAccount;
const content = (text: string) => Buffer.from(text).toString("base64");

/** Commits a workflow to a branch, which is made from `main` when there is none. @returns the commit */
async function push(file: string, workflow: object, branch: string): Promise<string> {
	const path = `/repos/${repository}/contents/.woodpecker/${file}.yaml`;
	const there = await gitea.ask("GET", `/repos/${repository}/branches`);
	const exists = there.some(({ name }: { name: string }) => name === branch);
	const { commit } = await gitea.ask("POST", path, {
		...(exists ? { branch } : { branch: "main", new_branch: branch }),
		content: content(stringify({ skip_clone: true, ...workflow })),
		message: file,
	});
	return commit.sha;
}
const pipelineOf = (commit: string) =>
	waitFor(
		`a pipeline of ${commit}`,
		async () => (await ci.pipelines(number)).find((one) => one.commit === commit),
		{ within: 60_000, every: 200 },
	);

interface Pod {
	readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
	// biome-ignore lint/suspicious/noExplicitAny: parts are read by name
	readonly spec: any;
}
const pods = async (): Promise<Pod[]> =>
	(await applied.plane.ask("GET", `/api/v1/namespaces/${namespace}/pods`)).body.items;
const podOf = (step: string) =>
	waitFor(
		`a pod of ${step}`,
		async () => (await pods()).find(({ metadata }) => metadata.labels[stampedLabels.step] === step),
		{ within: 60_000, every: 200 },
	);
/** A workflow that wants to be the deploy. */
const posing = (step: string, when: object) => ({
	when: [when],
	labels: { tier: "infra" },
	steps: [
		{
			name: step,
			image: "registry.example.org/infra-ci:1",
			commands: ["id"],
			backend_options: { kubernetes: { serviceAccountName: account("deployer") } },
		},
	],
});

describe("the CI server's agent on the real API server", () => {
	test("starts every step of the pipelines as its identity, with the labels that policies ask for", async () => {
		const { site } = applied;
		const expected: Record<string, object> = {};
		for (const pipeline of pipelinesOf(site))
			for (const step of pipeline.steps) {
				// A step alone: no container ends here, so that none would follow.
				const name = `${pipeline.name}-${step.name}`;
				const text = renderInfrastructurePipeline(site, { ...pipeline, name, steps: [step] });
				await gitea.ask("POST", `/repos/${repository}/contents/.woodpecker/${name}.yaml`, {
					branch: "main",
					content: content(`skip_clone: true\n${text}`),
					message: name,
				});
				expected[name] = {
					step: step.name,
					event: pipeline.schedule === undefined ? "push" : "cron",
					account: step.as === undefined ? "default" : account(step.as),
				};
				if (pipeline.schedule === undefined) continue;
				const { id } = await ci.ask("POST", `/repos/${number}/cron`, {
					name,
					schedule: pipeline.schedule,
					branch: "main",
				});
				await ci.ask("POST", `/repos/${number}/cron/${id}`);
			}
		const found = async () =>
			(await pods()).map(({ metadata: { labels }, spec }) => {
				expect(labels[stampedLabels.branch]).toBe(stampedValue("main"));
				expect(labels[stampedLabels.repository]).toBe(stampedValue(repository));
				return {
					step: labels[stampedLabels.step],
					event: labels[stampedLabels.event],
					account: spec.serviceAccountName,
				};
			});
		// Every push starts the workflows of those before it again, so that there are more pods than steps.
		await waitFor(
			"every step has a pod",
			async () => {
				const all = await found();
				return Object.values(expected).every((one) => all.some((pod) => isDeepStrictEqual(pod, one)));
			},
			{ within: 90_000, every: 300 },
		);
		await found();
	}, 180_000);

	test("gives the sealed step the label by which its network is taken away", async () => {
		const { metadata } = await podOf(sealedStep);
		const path = `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies/sealed`;
		const { spec } = (await applied.plane.ask("GET", path)).body;
		expect(spec).toMatchObject({ policyTypes: ["Ingress", "Egress"] });
		expect(spec.ingress ?? spec.egress).toBeUndefined();
		for (const [label, value] of Object.entries(spec.podSelector.matchLabels))
			expect(metadata.labels[label]).toBe(value);
	});

	test("takes no workflow of another branch, whatever that says of itself", async () => {
		const forged = {
			...posing("forged", { event: "push" }),
			labels: { tier: "infra", [stampedLabels.branch]: "main", [stampedLabels.event]: "push" },
		};
		for (const branch of ["feature", "main-"]) {
			const commit = await push(`forged-${branch}`, forged, branch);
			const { number: pipeline } = await pipelineOf(commit);
			// It takes a marker on main, which comes later, and leaves the other where it is.
			const marker = `marker-${branch}`.replace(/-$/, "x");
			await push(marker, posing(marker, { event: "push" }), "main");
			await podOf(marker);
			expect(await ci.ask("GET", `/repos/${number}/pipelines/${pipeline}`)).toMatchObject({
				status: "pending",
			});
		}
		expect((await pods()).filter(({ metadata }) => metadata.labels[stampedLabels.step] === "forged")).toEqual(
			[],
		);
	}, 240_000);

	test("is refused a run of main that somebody starts by hand, in the words of the policy", async () => {
		await push("by-hand", posing("by-hand", { event: "manual" }), "main");
		const started = await ci.ask("POST", `/repos/${number}/pipelines`, { branch: "main", variables: {} });
		const ended = await ci.end(number, started.number);
		expect(ended.status).toBe("failure");
		const { workflows } = await ci.ask("GET", `/repos/${number}/pipelines/${started.number}`);
		expect(JSON.stringify(workflows)).toContain("ValidatingAdmissionPolicy 'infrastructure-pipelines'");
	}, 180_000);

	test("takes over nothing that a step says of its pod but the account", async () => {
		const step = posing("greedy", { event: "push" });
		const [one] = step.steps;
		await push(
			"greedy",
			{
				...step,
				steps: [
					{
						...one,
						backend_options: {
							kubernetes: {
								serviceAccountName: account("deployer"),
								labels: { [stampedLabels.event]: "cron", own: "label" },
								annotations: { own: "annotation" },
								nodeSelector: { own: "node" },
								tolerations: [{ key: "own", operator: "Exists" }],
							},
						},
					},
				],
			},
			"main",
		);
		const { metadata, spec } = await podOf("greedy");
		expect(metadata.labels[stampedLabels.event]).toBe("push");
		expect(metadata.labels).not.toHaveProperty("own");
		expect(metadata).not.toHaveProperty("annotations.own");
		expect(spec.nodeSelector ?? {}).not.toHaveProperty("own");
		expect((spec.tolerations ?? []).map(({ key }: { key: string }) => key)).not.toContain("own");
		expect(spec.serviceAccountName).toBe(account("deployer"));
	});
});
