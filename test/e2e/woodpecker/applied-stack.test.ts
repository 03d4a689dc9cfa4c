import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { controlPlanePrograms } from "../harness/control-plane.ts";
import { needsPrograms } from "../harness/programs.ts";
import { waitFor } from "../harness/wait-for.ts";
import { AppliedWoodpecker, canary } from "./applied-woodpecker.ts";

const ready = needsPrograms(...controlPlanePrograms, "bao|vault", "terraform");
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-woodpecker-`));
let applied: AppliedWoodpecker;
let missing: string | undefined;

beforeAll(async () => {
	if (!ready) return;
	applied = await AppliedWoodpecker.start(folder);
	missing = await applied.apply();
	if (missing !== undefined) return;
	// The API server sees rights, policies and quotas a moment after they were made.
	await waitFor("rights, policy and quota are in force", inForce, { within: 60_000 });
}, 240_000);
beforeEach(({ skip }) => {
	if (missing !== undefined) skip(missing);
});
afterAll(async () => {
	await applied?.stop();
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
	applied.plane.ask("POST", `/api/v1/namespaces/${namespace}/pods?dryRun=All`, pod(container));

const stamped = {
	"woodpecker-ci.org/event": "push",
	"woodpecker-ci.org/commit-branch": "main",
	"woodpecker-ci.org/repo-full-name": "operator-infra",
};

/** Whether a service account may do anything at all. */
async function mayEverything(namespace: string, name: string): Promise<boolean> {
	const account = `system:serviceaccount:${namespace}:${name}`;
	const { body } = await applied.plane.ask("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", {
		spec: { user: account, resourceAttributes: { verb: "*", resource: "*", group: "*" } },
	});
	return body.status.allowed;
}

const infrastructurePods = "/api/v1/namespaces/woodpecker-infra/pods?dryRun=All";
/** A step that the CI server has not stamped, as the account with every right. */
const unstampedStep = () => {
	const step = pod();
	return applied.plane.ask("POST", infrastructurePods, {
		...step,
		spec: { ...step.spec, serviceAccountName: "infrastructure" },
	});
};
const half = { requests: { cpu: "5", memory: "1Gi" }, limits: { memory: "1Gi" } };
/** Nothing runs there that the CI server has not stamped as a push of the default branch. */
const greedyStep = () =>
	applied.plane.ask("POST", infrastructurePods, {
		...pod({ resources: half }),
		metadata: { generateName: "wp-", labels: stamped },
	});

async function inForce(): Promise<boolean> {
	const [refused, exceeding] = await Promise.all([unstampedStep(), greedyStep()]);
	return (
		/ValidatingAdmissionPolicy/.test(refused.body.message) &&
		/exceeded quota/.test(exceeding.body.message) &&
		(await mayEverything("woodpecker-infra", "infrastructure"))
	);
}

describe("the stack on a real API server", () => {
	test("has nothing left to change after it was applied, and no secret in what it leaves behind", async () => {
		expect(await applied.terraform.plan()).toEqual([]);
		const traces = await applied.terraform.traces();
		expect(traces).toContain("woodpecker-pipelines-alice");
		expect(traces).not.toContain(canary);
	});

	test("gives every right to the infrastructure's pipelines and to no other account", async () => {
		expect(await mayEverything("woodpecker-infra", "infrastructure")).toBe(true);
		expect(await mayEverything("woodpecker-infra", "default")).toBe(false);
		expect(await mayEverything("woodpecker-pipelines-alice", "default")).toBe(false);
		expect(await mayEverything("woodpecker-infra", "infrastructure-plan")).toBe(false);
		expect(await mayEverything("woodpecker", "default")).toBe(false);
		expect(await mayEverything("woodpecker", "woodpecker-secret-sync")).toBe(false);
	});

	test("runs no step of anybody's branch as that account", async () => {
		const { status, body } = await unstampedStep();
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
		expect((await start("woodpecker-pipelines-alice", { resources: half })).status).toBe(201);
		const { status, body } = await greedyStep();
		expect(status).toBe(403);
		expect(body.message).toContain("exceeded quota: tier-quota");
	});

	test("starts nothing privileged beside the server", async () => {
		const { status, body } = await start("woodpecker", { securityContext: { privileged: true } });
		expect(status).toBe(403);
		expect(body.message).toContain('violates PodSecurity "baseline');
	});
});
