import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ControlPlane, controlPlanePrograms } from "../harness/control-plane.ts";
import { needsPrograms } from "../harness/programs.ts";
import { waitFor } from "../harness/wait-for.ts";
import { infrastructureManifests } from "./infrastructure-manifests.ts";

const ready = needsPrograms(...controlPlanePrograms);
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-account-`));
const namespace = "woodpecker-infra";
let plane: ControlPlane;

beforeAll(async () => {
	if (!ready) return;
	mkdirSync(join(folder, "plane"));
	plane = await ControlPlane.start(join(folder, "plane"));
	for (const name of [namespace, "elsewhere"]) {
		await plane.ask("POST", "/api/v1/namespaces", { metadata: { name } });
		for (const account of ["default", "infrastructure", "infrastructure-plan", "other"])
			await plane.ask("POST", `/api/v1/namespaces/${name}/serviceaccounts`, { metadata: { name: account } });
	}
	for (const { api, manifest } of await infrastructureManifests()) {
		const { status, body } = await plane.ask("POST", api, manifest);
		if (status !== 201) throw new Error(`${api}: ${status} ${JSON.stringify(body)}`);
	}
	// A policy is in force a moment after it was made.
	await waitFor(
		"the policy is in force",
		async () => /ValidatingAdmissionPolicy/.test((await start({}, "infrastructure")).body.message),
		{ within: 60_000 },
	);
});
afterAll(async () => {
	await plane?.stop();
	rmSync(folder, { recursive: true });
});

const prefix = "woodpecker-ci.org";
/** What the server stamps on a step of a push to the default branch. */
const main = {
	[`${prefix}/event`]: "push",
	[`${prefix}/commit-branch`]: "main",
	[`${prefix}/branch`]: "main",
	[`${prefix}/repo-full-name`]: "operator-infra",
	[`${prefix}/repo-id`]: "1",
	step: "apply",
};
const stamped = (change: Record<string, string | undefined>) =>
	Object.fromEntries(
		Object.entries({
			...main,
			...Object.fromEntries(Object.entries(change).map(([key, value]) => [`${prefix}/${key}`, value])),
		}).filter(([, value]) => value !== undefined),
	);

/** Asks for a pod as the agent does. */
const start = (
	labels: object | undefined,
	serviceAccountName?: string,
	where = namespace,
	more: object = {},
) =>
	plane.ask("POST", `/api/v1/namespaces/${where}/pods?dryRun=All`, {
		metadata: { generateName: "wp-", ...(labels ? { labels } : {}) },
		spec: {
			...(serviceAccountName === undefined ? {} : { serviceAccountName }),
			containers: [{ name: "step", image: "docker.io/library/alpine:3.22.2" }],
			...more,
		},
	});

describe("the account with the rights", () => {
	test("runs a step of a push to the default branch", async () => {
		const { status, body } = await start(main, "infrastructure");
		expect([status, body.spec?.serviceAccountName]).toEqual([201, "infrastructure"]);
	});

	test.for<[what: string, labels: Record<string, string> | undefined]>([
		["a push to another branch", stamped({ "commit-branch": "try-it" })],
		["a branch in whose name main is", stamped({ "commit-branch": "main-2" })],
		["a branch that differs in a letter's case", stamped({ "commit-branch": "Main" })],
		["a run by the clock", stamped({ event: "cron" })],
		["a run that somebody starts by hand, with variables of their own", stamped({ event: "manual" })],
		["a pull request to the default branch", stamped({ event: "pull_request" })],
		["a pull request that is closed", stamped({ event: "pull_request_closed" })],
		["a pull request whose text was edited", stamped({ event: "pull_request_metadata" })],
		["a tag", stamped({ event: "tag", "commit-branch": undefined })],
		["a release of the default branch", stamped({ event: "release" })],
		["a deployment that somebody asked for", stamped({ event: "deployment" })],
		["an event that is not known yet", stamped({ event: "webhook" })],
		["another repository", stamped({ "repo-full-name": "alice-shop" })],
		["a step without an event", stamped({ event: undefined })],
		["a step without a branch", stamped({ "commit-branch": undefined })],
		["a step without a repository", stamped({ "repo-full-name": undefined })],
		["an empty label", stamped({ "commit-branch": "" })],
		["labels of one's own", { event: "push", "commit-branch": "main", "repo-full-name": "operator-infra" }],
		[
			"the branch in the label of the default branch alone",
			stamped({ "commit-branch": "x", branch: "main" }),
		],
		["no label at all", undefined],
	])("runs no step of %s", async ([, labels]) => {
		const { status, body } = await start(labels, "infrastructure");
		expect([status, body.reason]).toEqual([403, "Forbidden"]);
		expect(body.message).toContain(
			"only branch main of operator/infra runs here: a push as infrastructure, a cron as infrastructure-plan",
		);
	});

	test("is not to be had by the old name of the field", async () => {
		const { status } = await start(stamped({ event: "pull_request" }), undefined, namespace, {
			serviceAccount: "infrastructure",
		});
		expect(status).toBe(403);
	});

	test("is given to nobody by a change of a pod that runs", async () => {
		const pods = `/api/v1/namespaces/${namespace}/pods`;
		const pod = await plane.ask("POST", pods, {
			metadata: { name: "nightly", labels: stamped({ event: "cron" }) },
			spec: { containers: [{ name: "step", image: "docker.io/library/alpine:3.22.2" }] },
		});
		expect(pod.status).toBe(201);
		const changed = await plane.ask("PATCH", `${pods}/nightly`, {
			metadata: { labels: main },
			spec: { serviceAccountName: "infrastructure" },
		});
		expect(changed.status).toBe(422);
	});
});

describe("the account that plans", () => {
	test("runs a step by the clock, of the default branch alone", async () => {
		const clock = stamped({ event: "cron" });
		expect((await start(clock, "infrastructure-plan")).body.spec?.serviceAccountName).toBe(
			"infrastructure-plan",
		);
		for (const other of [
			main,
			stamped({ event: "manual" }),
			stamped({ event: "pull_request" }),
			stamped({ event: "cron", "commit-branch": "try-it" }),
			stamped({ event: "cron", "repo-full-name": "alice-shop" }),
			undefined,
		])
			expect((await start(other, "infrastructure-plan")).status).toBe(403);
	});
});

describe("every other step", () => {
	test.for(["push", "cron"])(
		"of %s of the default branch runs as the account without rights",
		async (event) => {
			const { status, body } = await start(stamped({ event }));
			expect([status, body.spec?.serviceAccountName]).toEqual([201, "default"]);
		},
	);

	test.for<[what: string, labels: Record<string, string> | undefined]>([
		["a pull request", stamped({ event: "pull_request" })],
		["a push to another branch", stamped({ "commit-branch": "try-it" })],
		["a run by hand", stamped({ event: "manual" })],
		["a tag", stamped({ event: "tag" })],
		["another repository", stamped({ "repo-full-name": "alice-shop" })],
		["nobody's", undefined],
	])("of %s does not run here at all, with whatever account", async ([, labels]) => {
		expect((await start(labels)).status).toBe(403);
	});

	test("chooses no third account, not even on the default branch", async () => {
		expect((await start(main, "other")).status).toBe(403);
	});

	test("elsewhere is not looked at", async () => {
		expect((await start(undefined, "infrastructure", "elsewhere")).status).toBe(201);
	});
});
