import { plural } from "../../world/plural.ts";
import type { ApiPod, ApiWorkload } from "./api-objects.ts";
import { podTrouble, quoted } from "./pod-trouble.ts";

/**
 * How far a workload is:
 *
 * - `done`: its controller has seen the newest specification, and as many pods as wanted are updated and available; `why` is
 *   what its specification holds back;
 * - `waiting`: it may still get there;
 * - `failed`: its controller has given up.
 */
export interface Rollout {
	readonly state: "done" | "waiting" | "failed";
	/** For the reader; of `done` empty where nothing is to be said. */
	readonly why: string;
}

/** Judges one workload as the API server has it. @param pods of its newest template, for the reason */
export function rolloutOf(workload: ApiWorkload, pods: readonly ApiPod[]): Rollout {
	const { kind, metadata, status = {} } = workload;
	const { generation = 0, deletionTimestamp } = metadata;
	if (deletionTimestamp !== undefined) return { state: "failed", why: "is being deleted" };
	// A Job has no number of the specification that was seen: most of it cannot be changed.
	const { observedGeneration = 0 } = status;
	if (kind !== "Job" && observedGeneration < generation)
		return waiting(`its controller has seen generation ${observedGeneration} of ${generation}`);
	const judge = judges[kind];
	if (judge === undefined) throw new Error(`no rollout of a ${kind}`);
	const judged = judge(workload);
	return judged.state === "done" ? judged : { ...judged, why: [judged.why, ...troublesOf(pods)].join("; ") };
}

const judges: Readonly<Record<string, (workload: ApiWorkload) => Rollout>> = {
	Deployment: ofDeployment,
	StatefulSet: ofStatefulSet,
	DaemonSet: ofDaemonSet,
	Job: ofJob,
};

const done = (...notes: readonly string[]): Rollout => ({
	state: "done",
	why: notes.filter(Boolean).join("; "),
});
const waiting = (why: string): Rollout => ({ state: "waiting", why });
const failed = (why: string): Rollout => ({ state: "failed", why });

function ofDeployment({ spec = {}, status = {} }: ApiWorkload): Rollout {
	const { replicas: wanted = 1, paused = false } = spec;
	const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
	const progress = conditionOf(status, "Progressing");
	if (!paused && progress?.reason === "ProgressDeadlineExceeded")
		return failed(`has made no progress within its deadline${quoted(progress.message)}`);
	const refused = conditionOf(status, "ReplicaFailure");
	const refusal = refused?.status === "True" ? `; its pods are refused${quoted(refused.message)}` : "";
	if (!paused && updatedReplicas < wanted)
		return waiting(`${updatedReplicas} of ${pods(wanted)} updated${refusal}`);
	const stale = replicas - updatedReplicas;
	if (!paused && stale > 0) return waiting(`${plural(stale, "old pod")} still there${refusal}`);
	if (replicas > wanted) return waiting(`${pods(replicas)}, ${wanted} wanted`);
	if (availableReplicas < wanted)
		return waiting(`${availableReplicas} of ${pods(wanted)} available${refusal}`);
	return done(paused ? "paused: a changed template is not rolled out" : "", none(wanted));
}

function ofStatefulSet({ spec = {}, status = {} }: ApiWorkload): Rollout {
	const { replicas: wanted = 1, updateStrategy: { type, rollingUpdate } = {} } = spec;
	const { replicas = 0, updatedReplicas = 0, readyReplicas = 0, availableReplicas = readyReplicas } = status;
	const { currentRevision, updateRevision } = status;
	const onDelete = type === "OnDelete";
	const partition = Math.min(rollingUpdate?.partition ?? 0, wanted);
	const toUpdate = onDelete ? 0 : wanted - partition;
	if (updatedReplicas < toUpdate && currentRevision !== updateRevision)
		return waiting(`${updatedReplicas} of ${pods(toUpdate)} updated`);
	if (replicas > wanted) return waiting(`${pods(replicas)}, ${wanted} wanted`);
	if (availableReplicas < wanted) return waiting(`${availableReplicas} of ${pods(wanted)} available`);
	const held = partition > 0 && !onDelete ? `partition ${partition}: pods below it keep their template` : "";
	return done(onDelete ? byHand : held, none(wanted));
}

function ofDaemonSet({ spec = {}, status = {} }: ApiWorkload): Rollout {
	const { desiredNumberScheduled: wanted = 0, updatedNumberScheduled = 0, numberAvailable = 0 } = status;
	const onDelete = spec.updateStrategy?.type === "OnDelete";
	if (!onDelete && updatedNumberScheduled < wanted)
		return waiting(`${updatedNumberScheduled} of ${pods(wanted)} updated`);
	if (numberAvailable < wanted) return waiting(`${numberAvailable} of ${pods(wanted)} available`);
	return done(onDelete ? byHand : "", wanted === 0 ? "no node is meant for it" : "");
}

function ofJob({ spec = {}, status = {} }: ApiWorkload): Rollout {
	const failure = conditionOf(status, "Failed");
	if (failure?.status === "True")
		return failed(`failed, ${failure.reason ?? "no reason given"}${quoted(failure.message)}`);
	if (conditionOf(status, "Complete")?.status === "True") return done();
	if (spec.suspend === true) return done("suspended: it does not run");
	const { active = 0, succeeded = 0, failed: lost = 0 } = status;
	return waiting(`has not ended: ${active} active, ${succeeded} succeeded, ${lost} failed`);
}

const byHand = "OnDelete: a pod gets a changed template when somebody deletes it";

const none = (wanted: number): string => (wanted === 0 ? "0 replicas are wanted" : "");

const pods = (count: number): string => plural(count, "pod");

function conditionOf({ conditions = [] }: NonNullable<ApiWorkload["status"]>, type: string) {
	return conditions.find((one) => one.type === type);
}

/** Troubles of pods, each once with the first pod that has it. */
function troublesOf(pods: readonly ApiPod[]): readonly string[] {
	const byTrouble = new Map<string, string[]>();
	for (const pod of pods) {
		const trouble = podTrouble(pod);
		if (trouble !== undefined) byTrouble.set(trouble, [...(byTrouble.get(trouble) ?? []), pod.metadata.name]);
	}
	return [...byTrouble].map(([trouble, [first, ...more]]) => {
		const others = more.length === 0 ? "" : ` and ${more.length} more`;
		return `pod ${first}${others}: ${trouble}`;
	});
}
