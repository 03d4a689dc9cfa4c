import { setTimeout as sleep } from "node:timers/promises";
import type { Site } from "../../config/schema/site.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { interruption } from "../../terminal/interruption.ts";
import { getObjects } from "../live/in-cluster.ts";
import type { ApiWorkload } from "./api-objects.ts";
import { currentPods, type NamespaceObject } from "./current-pods.ts";
import type { RollingObject } from "./rolling-objects.ts";
import { type Rollout, rolloutOf } from "./rollout.ts";

export interface WatchOptions {
	/** Milliseconds until what still waits counts as not done. */
	readonly within: number;
	/** Milliseconds between two looks. @default 2000 */
	readonly every?: number;
}

/** A workload and how far it is. */
export interface ObjectRollout extends Rollout {
	readonly object: RollingObject;
}

/** Questions without an answer, one after the other, that end the watch: an API server may be restarted meanwhile. */
const patience = 3;

/**
 * Asks the cluster of a site until no workload waits any more, or the time is over.
 *
 * @throws VisibleError when the cluster does not answer, or not this identity
 */
export async function watchRollouts(
	site: Pick<Site, "cluster">,
	objects: readonly RollingObject[],
	{ within, every = 2000 }: WatchOptions,
): Promise<readonly ObjectRollout[]> {
	const end = performance.now() + within;
	for (let silent = 0; ; ) {
		try {
			const looked = await lookOnce(site, objects);
			silent = 0;
			const over = performance.now() + every > end;
			if (over || looked.every(({ rollout }) => rollout.state !== "waiting"))
				return await withReasons(site, looked);
		} catch (error) {
			if (!isSilence(error)) throw error;
			silent++;
			if (silent === patience) throw new VisibleError(error.message);
		}
		await sleep(every, undefined, { signal: interruption }).catch(() => interruption.throwIfAborted());
	}
}

/** Whether an error is of the cluster or of the way there, `kubectl` that is not installed included. */
function isSilence(error: unknown): error is Error {
	return error instanceof VisibleError || (error instanceof Error && "syscall" in error);
}

interface Looked {
	readonly object: RollingObject;
	readonly live: ApiWorkload | undefined;
	readonly rollout: Rollout;
}

/** How `kubectl` names each kind. */
const resources: Readonly<Record<string, string>> = {
	Deployment: "deployments.apps",
	StatefulSet: "statefulsets.apps",
	DaemonSet: "daemonsets.apps",
	Job: "jobs.batch",
};

async function lookOnce(
	site: Pick<Site, "cluster">,
	objects: readonly RollingObject[],
): Promise<readonly Looked[]> {
	const looks: Looked[] = [];
	for (const [namespace, group] of Map.groupBy(objects, (object) => object.namespace)) {
		const names = group.map(({ kind, name }) => `${resources[kind]}/${name}`);
		const found = (await getObjects(site, [...names, `--namespace=${namespace}`])) as readonly ApiWorkload[];
		for (const object of group) {
			const live = found.find(({ kind, metadata }) => kind === object.kind && metadata.name === object.name);
			looks.push({ object, live, rollout: live === undefined ? absent(object) : rolloutOf(live, []) });
		}
	}
	return looks;
}

function absent({ passes }: RollingObject): Rollout {
	return passes
		? { state: "done", why: "is gone, as it should be some time after its end: how it ended is not known" }
		: { state: "failed", why: "is not there" };
}

/** Adds what the pods say to what is not done: only then are they asked for. */
async function withReasons(
	site: Pick<Site, "cluster">,
	looked: readonly Looked[],
): Promise<readonly ObjectRollout[]> {
	const rollouts: ObjectRollout[] = [];
	const byNamespace = new Map<string, readonly NamespaceObject[]>();
	for (const { object, live, rollout } of looked) {
		if (rollout.state === "done" || live === undefined) {
			rollouts.push({ object, ...rollout });
			continue;
		}
		const { namespace } = object;
		const known =
			byNamespace.get(namespace) ??
			((await getObjects(site, [
				"replicasets.apps,pods",
				`--namespace=${namespace}`,
			])) as readonly NamespaceObject[]);
		byNamespace.set(namespace, known);
		rollouts.push({ object, ...rolloutOf(live, currentPods(live, known)) });
	}
	return rollouts;
}
