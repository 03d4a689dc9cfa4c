import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Site } from "../../../config/schema/site.ts";
import labSite from "../../../config/sites/lab.ts";
import { middlewareReference } from "../../../constructs/kubernetes/middleware-chain.ts";
import type { RollingObject } from "../../../engine/verify/rolling-objects.ts";
import { watchRollouts } from "../../../engine/verify/watch-rollouts.ts";
import { infra } from "../../cli/infra-process.ts";
import { ControlPlane, controlPlanePrograms } from "../harness/control-plane.ts";
import { freePort } from "../harness/free-port.ts";
import { needsPrograms } from "../harness/programs.ts";
import { waitFor } from "../harness/wait-for.ts";

const ready = needsPrograms(...controlPlanePrograms, "kubectl", "terraform");
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-rollouts-`));
let plane: ControlPlane;

const apps = "/apis/apps/v1/namespaces/shop";
const jobs = "/apis/batch/v1/namespaces/shop/jobs";
const pods = "/api/v1/namespaces/shop/pods";
const soon = { within: 20_000, every: 100 };
const plurals: Readonly<Record<string, string>> = {
	Deployment: `${apps}/deployments`,
	StatefulSet: `${apps}/statefulsets`,
	DaemonSet: `${apps}/daemonsets`,
	Job: jobs,
};

beforeAll(async () => {
	if (!ready) return;
	mkdirSync(join(folder, "plane"));
	plane = await ControlPlane.start(join(folder, "plane"));
	await plane.ask("POST", "/api/v1/namespaces", { metadata: { name: "shop" } });
	const account = "/api/v1/namespaces/shop/serviceaccounts/default";
	await waitFor("pods have an account", async () => (await plane.ask("GET", account)).status === 200, soon);
}, 60_000);
afterAll(async () => {
	await plane?.stop();
	rmSync(folder, { recursive: true });
});

function watched(kind: string, name: string, within: number, kubeconfig = plane.kubeconfig) {
	const objects: RollingObject[] = [{ kind, name, namespace: "shop", passes: false }];
	const site = { cluster: { kubeconfig } as Site["cluster"] };
	return watchRollouts(site, objects, { within, every: 100 });
}

/** How far a workload is, at the latest after this time. */
async function rollout(kind: string, name: string, within = 500) {
	const [found] = await watched(kind, name, within);
	return { state: found?.state, why: found?.why };
}

const template = (name: string, image = "registry/app:1") => ({
	metadata: { labels: { app: name } },
	spec: { containers: [{ name: "app", image }], terminationGracePeriodSeconds: 0 },
});

async function create(kind: string, name: string, spec: object = {}) {
	const selector = kind === "Job" ? {} : { selector: { matchLabels: { app: name } } };
	const body = { metadata: { name }, spec: { template: template(name), ...selector, ...spec } };
	const { status, body: answer } = await plane.ask("POST", plurals[kind] ?? "", body);
	expect(status, JSON.stringify(answer)).toBe(201);
}

const change = (kind: string, name: string, spec: object) =>
	plane.ask("PATCH", `${plurals[kind]}/${name}`, { spec });

/** Names of the pods of a workload with an image, when there are as many. */
async function podsOf(name: string, count = 1, image = "registry/app:1"): Promise<string[]> {
	let names: string[] = [];
	await waitFor(
		`${count} pods of ${name}`,
		async () => {
			const { items } = (await plane.ask("GET", `${pods}?labelSelector=app%3D${name}`)).body;
			names = items
				.filter((pod: ItemOfPods) => pod.spec.containers[0]?.image === image)
				.map(({ metadata }: ItemOfPods) => metadata.name);
			return names.length === count;
		},
		soon,
	);
	return names;
}

interface ItemOfPods {
	readonly metadata: { readonly name: string };
	readonly spec: { readonly containers: readonly { readonly image: string }[] };
}

/** What a kubelet would report. */
async function report(names: readonly string[], status: object) {
	for (const name of names) {
		const answer = await plane.ask("PATCH", `${pods}/${name}/status`, { status });
		expect(answer.status, JSON.stringify(answer.body)).toBe(200);
	}
}

const running = () => ({
	phase: "Running",
	conditions: [{ type: "Ready", status: "True", lastTransitionTime: new Date().toISOString() }],
});
const container = (state: object) => ({
	phase: "Pending",
	containerStatuses: [
		{ name: "app", image: "registry/app:1", imageID: "", ready: false, restartCount: 0, state },
	],
});

describe.concurrent("on a real API server and its controllers", { timeout: 60_000 }, () => {
	test("a Deployment is done once its pods are ready", async () => {
		await create("Deployment", "well");
		const waiting = rollout("Deployment", "well", 20_000);
		await report(await podsOf("well"), running());
		expect(await waiting).toEqual({ state: "done", why: "" });
	});

	test("an image that cannot be pulled is named, of the new pods alone", async () => {
		await create("Deployment", "pull");
		await report(await podsOf("pull"), running());
		await change("Deployment", "pull", { template: template("pull", "registry/app:2") });
		await report(
			await podsOf("pull", 1, "registry/app:2"),
			container({ waiting: { reason: "ImagePullBackOff", message: "manifest unknown" } }),
		);
		const { state, why } = await rollout("Deployment", "pull");
		expect(state).toBe("waiting");
		expect(why).toMatch(
			/^1 old pod still there; pod pull-\S+: image registry\/app:1 of app cannot be pulled, ImagePullBackOff: manifest unknown$/,
		);
	});

	test("a deadline that has passed ends the wait", async () => {
		await create("Deployment", "late", { progressDeadlineSeconds: 1 });
		const started = performance.now();
		const { state, why } = await rollout("Deployment", "late", 40_000);
		expect(state).toBe("failed");
		expect(why).toMatch(
			/^has made no progress within its deadline: ReplicaSet ".*; pod late-\S+: waits for a node$/,
		);
		expect(performance.now() - started).toBeLessThan(30_000);
	});

	test("a paused Deployment is said to be paused, and not waited for", async () => {
		await create("Deployment", "paused");
		await report(await podsOf("paused"), running());
		expect((await rollout("Deployment", "paused", 20_000)).state).toBe("done");
		await change("Deployment", "paused", { paused: true, template: template("paused", "registry/app:2") });
		expect(await rollout("Deployment", "paused", 20_000)).toEqual({
			state: "done",
			why: "paused: a changed template is not rolled out",
		});
	});

	test("a StatefulSet is done up to its partition", async () => {
		await create("StatefulSet", "split", { replicas: 2, podManagementPolicy: "Parallel" });
		await report(await podsOf("split", 2), running());
		expect((await rollout("StatefulSet", "split", 20_000)).state).toBe("done");
		const updateStrategy = { rollingUpdate: { partition: 1 } };
		await change("StatefulSet", "split", { updateStrategy, template: template("split", "registry/app:2") });
		const names = await podsOf("split", 1, "registry/app:2");
		expect(names).toEqual(["split-1"]);
		expect(await rollout("StatefulSet", "split")).toEqual({
			state: "waiting",
			why: "1 of 2 pods available; pod split-1: waits for a node",
		});
		await report(names, running());
		expect(await rollout("StatefulSet", "split", 20_000)).toEqual({
			state: "done",
			why: "partition 1: pods below it keep their template",
		});
	});

	test("a Job that has failed says how", async () => {
		const failing = template("migrate");
		await create("Job", "migrate", {
			backoffLimit: 0,
			template: { ...failing, spec: { ...failing.spec, restartPolicy: "Never" } },
		});
		expect((await rollout("Job", "migrate")).state).toBe("waiting");
		await report(await podsOf("migrate"), {
			...container({ terminated: { exitCode: 3, reason: "Error" } }),
			phase: "Failed",
		});
		const { state, why } = await rollout("Job", "migrate", 20_000);
		expect(state).toBe("failed");
		expect(why).toMatch(/^failed, BackoffLimitExceeded: .*; pod migrate-\S+: app ended with code 3$/);
	});

	test("a DaemonSet without nodes and what is not there are told apart", async () => {
		await create("DaemonSet", "agents");
		expect(await rollout("DaemonSet", "agents", 20_000)).toEqual({
			state: "done",
			why: "no node is meant for it",
		});
		expect(await rollout("DaemonSet", "nobody")).toEqual({ state: "failed", why: "is not there" });
	});

	test("an API server that is away is no success", async () => {
		const away = join(folder, "away");
		const elsewhere = `https://127.0.0.1:${await freePort()}`;
		writeFileSync(away, readFileSync(plane.kubeconfig, "utf8").replaceAll(plane.host, elsewhere));
		await expect(watched("Deployment", "well", 20_000, away)).rejects.toThrow(/^kubectl get: .*refused/);
	});
});

test("what the controller has not seen yet counts as not rolled out", { timeout: 60_000 }, async () => {
	await create("Deployment", "unseen");
	await report(await podsOf("unseen"), running());
	expect((await rollout("Deployment", "unseen", 20_000)).state).toBe("done");
	await plane.withoutControllers(async () => {
		await change("Deployment", "unseen", { template: template("unseen", "registry/app:2") });
		const { state, why } = await rollout("Deployment", "unseen");
		expect(state).toBe("waiting");
		expect(why).toMatch(/^its controller has seen generation \d+ of \d+$/);
	});
});

test("a deploy is no success before its pods run", { timeout: 120_000 }, async () => {
	const container = { name: "app", image: "registry/app:1" };
	const deployment = {
		wait_for_rollout: false,
		metadata: { name: "shown", namespace: "shop" },
		spec: {
			selector: { match_labels: { app: "shown" } },
			template: { metadata: { labels: { app: "shown" } }, spec: { container: [container] } },
		},
	};
	const { namespace, middlewares } = labSite.cluster.ingress;
	const [login = ""] = middlewares.login;
	const ingress = {
		metadata: {
			name: "shown",
			namespace: "shop",
			annotations: {
				"traefik.ingress.kubernetes.io/router.middlewares": middlewareReference(namespace, login),
			},
		},
		spec: {
			rule: {
				host: "shown.invalid",
				http: { path: { path: "/", backend: { service: { name: "shown", port: { number: 80 } } } } },
			},
		},
	};
	const world = {
		redis: { kubernetes_deployment_v1: { shown: deployment }, kubernetes_ingress_v1: { door: ingress } },
	};
	const run = (args: string) =>
		infra(args.split(" "), {
			program: "test/e2e/harness/drift-program.ts",
			env: {
				CDKTF_OUTDIR: join(folder, "out"),
				DRIFT_WORLD: JSON.stringify(world),
				DRIFT_SITE: JSON.stringify({
					cluster: { kubeconfig: plane.kubeconfig },
					state: { tier1: { kind: "local", directory: join(folder, "state") } },
				}),
			},
		});
	const first = await run("deploy redis --yes --verify --within 3s");
	expect(first).toMatchObject({
		code: 3,
		stderr: expect.stringContaining("1 of 1 workload not rolled out within 3s"),
	});
	expect(first.stdout).toMatch(
		/^ {2}waiting {2}Deployment shop\/shown: 0 of 1 pod available; pod \S+: waits for a node$/m,
	);
	await report(await podsOf("shown"), running());
	const second = await run("deploy redis --yes --verify --within 10s");
	expect(second).toMatchObject({
		code: 0,
		stdout: expect.stringContaining("redis  verified, 1 workload rolled out\n"),
	});
	expect(second.stdout).toMatch(/^ {2}not known {2}shown\.invalid\/: .+$/m);
	expect(second.stdout).toContain(
		"redis  not verified, 0 of 1 path with a login ask for it, 1 not known from here\n",
	);
	expect(await run("deploy redis --yes --within soon")).toMatchObject({
		code: 1,
		stderr: expect.stringContaining("--within soon: no duration"),
	});
});
