import { describe, expect, test } from "vitest";
import type { ApiPod, ApiWorkload, ContainerStatus } from "../../../engine/verify/api-objects.ts";
import { currentPods, type NamespaceObject } from "../../../engine/verify/current-pods.ts";
import { podTrouble } from "../../../engine/verify/pod-trouble.ts";
import { rolloutOf } from "../../../engine/verify/rollout.ts";

type Spec = ApiWorkload["spec"];
type Status = ApiWorkload["status"];

const workload = (kind: string, spec: Spec = {}, status: Status = {}): ApiWorkload => ({
	kind,
	metadata: { name: "web", namespace: "shop", uid: "w", generation: 2 },
	spec,
	status: { observedGeneration: 2, ...status },
});

const rolled = { replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 };
const condition = (type: string, status: string, reason?: string, message?: string) => ({
	conditions: [{ type, status, ...(reason && { reason }), ...(message && { message }) }],
});
const partition = (count: number) => ({ updateStrategy: { rollingUpdate: { partition: count } } });
const onDelete = { updateStrategy: { type: "OnDelete" } };
const newer = { currentRevision: "a", updateRevision: "b" };

describe("a workload", () => {
	test.each<[string, ApiWorkload, string, string]>([
		["rolled out", workload("Deployment", { replicas: 2 }, rolled), "done", ""],
		[
			"of one pod by default",
			workload("Deployment", {}, { ...rolled, replicas: 1, updatedReplicas: 1 }),
			"done",
			"",
		],
		[
			"not seen yet",
			workload("Deployment", { replicas: 2 }, { ...rolled, observedGeneration: 1 }),
			"waiting",
			"its controller has seen generation 1 of 2",
		],
		[
			"never seen",
			{ ...workload("DaemonSet"), status: {} },
			"waiting",
			"its controller has seen generation 0 of 2",
		],
		[
			"updated in part",
			workload("Deployment", { replicas: 2 }, { ...rolled, updatedReplicas: 1 }),
			"waiting",
			"1 of 2 pods updated",
		],
		[
			"with old pods",
			workload("Deployment", { replicas: 2 }, { ...rolled, replicas: 3 }),
			"waiting",
			"1 old pod still there",
		],
		[
			"not available",
			workload("Deployment", { replicas: 2 }, { ...rolled, availableReplicas: 1 }),
			"waiting",
			"1 of 2 pods available",
		],
		[
			"that got nowhere",
			workload(
				"Deployment",
				{},
				condition("Progressing", "False", "ProgressDeadlineExceeded", "RS timed out"),
			),
			"failed",
			"has made no progress within its deadline: RS timed out",
		],
		[
			"whose pods are refused",
			workload("Deployment", {}, condition("ReplicaFailure", "True", "FailedCreate", "exceeded quota")),
			"waiting",
			"0 of 1 pod updated; its pods are refused: exceeded quota",
		],
		[
			"that is paused halfway",
			workload("Deployment", { replicas: 2, paused: true }, { ...rolled, updatedReplicas: 0 }),
			"done",
			"paused: a changed template is not rolled out",
		],
		[
			"that is paused and down",
			workload("Deployment", { replicas: 2, paused: true }, { ...rolled, availableReplicas: 0 }),
			"waiting",
			"0 of 2 pods available",
		],
		["of no pods", workload("Deployment", { replicas: 0 }), "done", "0 replicas are wanted"],
		[
			"of no pods, not gone yet",
			workload("Deployment", { replicas: 0 }, rolled),
			"waiting",
			"2 pods, 0 wanted",
		],
		[
			"that goes",
			{ ...workload("Deployment", {}, rolled), metadata: { name: "web", deletionTimestamp: "now" } },
			"failed",
			"is being deleted",
		],
		[
			"with a name and a place",
			workload("StatefulSet", { replicas: 2 }, { ...rolled, currentRevision: "b", updateRevision: "b" }),
			"done",
			"",
		],
		[
			"updated one by one",
			workload("StatefulSet", { replicas: 2 }, { ...rolled, ...newer, updatedReplicas: 1 }),
			"waiting",
			"1 of 2 pods updated",
		],
		[
			"not all ready",
			workload("StatefulSet", { replicas: 3 }, { ...rolled, currentRevision: "b", updateRevision: "b" }),
			"waiting",
			"2 of 3 pods available",
		],
		[
			"up to its partition",
			workload("StatefulSet", { replicas: 2, ...partition(1) }, { ...rolled, ...newer, updatedReplicas: 1 }),
			"done",
			"partition 1: pods below it keep their template",
		],
		[
			"not yet up to its partition",
			workload("StatefulSet", { replicas: 2, ...partition(1) }, { ...rolled, ...newer, updatedReplicas: 0 }),
			"waiting",
			"0 of 1 pod updated",
		],
		[
			"with a partition above all pods",
			workload("StatefulSet", { replicas: 2, ...partition(9) }, { ...rolled, ...newer, updatedReplicas: 0 }),
			"done",
			"partition 2: pods below it keep their template",
		],
		[
			"that is updated by hand",
			workload("StatefulSet", { replicas: 2, ...onDelete }, { ...rolled, ...newer, updatedReplicas: 0 }),
			"done",
			"OnDelete: a pod gets a changed template when somebody deletes it",
		],
		[
			"on every node",
			workload("DaemonSet", {}, { desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2 }),
			"done",
			"",
		],
		[
			"on some nodes",
			workload("DaemonSet", {}, { desiredNumberScheduled: 2, updatedNumberScheduled: 1, numberAvailable: 2 }),
			"waiting",
			"1 of 2 pods updated",
		],
		[
			"on a node that is not ready",
			workload("DaemonSet", {}, { desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 1 }),
			"waiting",
			"1 of 2 pods available",
		],
		["on no node", workload("DaemonSet"), "done", "no node is meant for it"],
		[
			"on nodes, by hand",
			workload("DaemonSet", onDelete, { desiredNumberScheduled: 1, numberAvailable: 1 }),
			"done",
			"OnDelete: a pod gets a changed template when somebody deletes it",
		],
		["that ended", workload("Job", {}, condition("Complete", "True")), "done", ""],
		[
			"that runs",
			workload("Job", {}, { active: 1 }),
			"waiting",
			"has not ended: 1 active, 0 succeeded, 0 failed",
		],
		["that is suspended", workload("Job", { suspend: true }), "done", "suspended: it does not run"],
		[
			"that failed",
			workload("Job", {}, condition("Failed", "True", "BackoffLimitExceeded", "limit\n reached")),
			"failed",
			"failed, BackoffLimitExceeded: limit reached",
		],
	])("%s", (_, object, state, why) => expect(rolloutOf(object, [])).toEqual({ state, why }));

	test("says each trouble of its pods once, and none when it is done", () => {
		const pods = ["a", "b", "c"].map((name) =>
			podOf(name, { name: "app", state: { waiting: { reason: "ErrImagePull" } } }),
		);
		const open = workload("Deployment", { replicas: 3 }, { replicas: 3, updatedReplicas: 3 });
		expect(rolloutOf(open, pods).why).toBe(
			"0 of 3 pods available; pod a and 2 more: image  of app cannot be pulled, ErrImagePull",
		);
		expect(rolloutOf(workload("Deployment", { replicas: 2 }, rolled), pods).why).toBe("");
	});
});

function podOf(name: string, ...containerStatuses: ContainerStatus[]): ApiPod {
	return { kind: "Pod", metadata: { name }, status: { phase: "Pending", containerStatuses } };
}

describe("a pod that is not ready", () => {
	const failing = (state: ContainerStatus["state"], more: Partial<ContainerStatus> = {}) =>
		podOf("web-1", { name: "app", image: "registry/app:1", ready: false, ...(state && { state }), ...more });
	test.each<[string, ApiPod, string | undefined]>([
		[
			"image pull",
			failing({ waiting: { reason: "ImagePullBackOff", message: "not\u001b[31m found" } }),
			"image registry/app:1 of app cannot be pulled, ImagePullBackOff: not\\u{1b}[31m found",
		],
		[
			"crash loop",
			failing(
				{ waiting: { reason: "CrashLoopBackOff" } },
				{ restartCount: 4, lastState: { terminated: { exitCode: 137, reason: "OOMKilled" } } },
			),
			"app crashes again and again, 4 restarts, the last time ended with code 137, OOMKilled",
		],
		[
			"a Secret that is missing",
			failing({ waiting: { reason: "CreateContainerConfigError", message: 'secret "x" not found' } }),
			'app cannot be started, CreateContainerConfigError: secret "x" not found',
		],
		["end", failing({ terminated: { exitCode: 3, reason: "Error" } }), "app ended with code 3"],
		[
			"readiness",
			failing({ running: {} }, { started: true }),
			"app runs, and its readiness probe has not passed",
		],
		[
			"start-up",
			failing({ running: {} }, { started: false, restartCount: 2 }),
			"app runs, and its startup probe has not passed, 2 restarts",
		],
		["beginning", failing({ waiting: { reason: "ContainerCreating" } }), "starts"],
		["no status", { metadata: { name: "web-1" } }, "waits for a node"],
		[
			"no room",
			{
				metadata: { name: "web-1" },
				status: condition("PodScheduled", "False", "Unschedulable", "0/3 nodes are available"),
			},
			"cannot be scheduled: 0/3 nodes are available",
		],
		[
			"eviction",
			{
				metadata: { name: "web-1" },
				status: { phase: "Failed", reason: "Evicted", message: "low on memory" },
			},
			"failed, Evicted: low on memory",
		],
		[
			"init",
			{
				metadata: { name: "w" },
				status: { initContainerStatuses: [{ name: "init", state: { terminated: { exitCode: 1 } } }] },
			},
			"init ended with code 1",
		],
		["ready", { metadata: { name: "web-1" }, status: condition("Ready", "True") }, undefined],
		["on its way out", { metadata: { name: "web-1", deletionTimestamp: "now" } }, undefined],
	])("%s", (_, pod, trouble) => expect(podTrouble(pod)).toBe(trouble));
});

test("pods of an older template are not asked", () => {
	const owned = (kind: string, name: string, owner: string, more: object = {}): NamespaceObject => ({
		kind,
		metadata: { name, uid: name, ownerReferences: [{ uid: owner }], ...more },
	});
	const revision = (number: string) => ({ annotations: { "deployment.kubernetes.io/revision": number } });
	const names = (pods: readonly ApiPod[]) => pods.map(({ metadata }) => metadata.name);
	const deployment = { kind: "Deployment", metadata: { name: "web", uid: "w", ...revision("2") } };
	const objects = [
		owned("ReplicaSet", "old", "w", revision("1")),
		owned("ReplicaSet", "new", "w", revision("2")),
		owned("ReplicaSet", "other", "x", revision("2")),
		...["old", "new", "other"].map((set) => owned("Pod", `${set}-1`, set)),
	];
	expect(names(currentPods(deployment, objects))).toEqual(["new-1"]);
	const set = { kind: "StatefulSet", metadata: { name: "db", uid: "s" }, status: { updateRevision: "b" } };
	const pods = ["a", "b"].map((hash) =>
		owned("Pod", hash, "s", { labels: { "controller-revision-hash": hash } }),
	);
	expect(names(currentPods(set, pods))).toEqual(["b"]);
	expect(
		names(currentPods({ kind: "Job", metadata: { name: "db", uid: "s" } }, [...pods, ...objects])),
	).toEqual(["a", "b"]);
});
