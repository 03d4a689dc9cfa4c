import { setTimeout as sleep } from "node:timers/promises";
import type { ProcessResult } from "../../clients/host/run.ts";
import { jsonObject } from "../../clients/http/exchange.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { whoAmI } from "../../engine/state/journal.ts";
import { interruption } from "../../terminal/interruption.ts";
import { printProgress } from "../../terminal/output.ts";
import { type Block, block, blocks, plain } from "../../world/blocks.ts";

/** Runs kubectl on the cluster of the site. */
export type Kubectl = (args: readonly string[], input?: string) => Promise<ProcessResult>;

/** Annotation of a job: who has started it. */
const startedBy = "infra/started-by";

/** Looks in a row at a job that may go unanswered: it goes on meanwhile. */
const patience = 30;

export interface TaskRun {
	readonly namespace: string;
	/** The CronJob. */
	readonly task: string;
	/** Differences from its environment. */
	readonly env: Readonly<Record<string, string>>;
	/** Milliseconds between two looks. @default 2 seconds */
	readonly every?: number;
}

/**
 * Runs a task that only operators start, once, to its end.
 *
 * @returns its log, after Ctrl-C as well: nothing keeps the job from its end
 * @throws VisibleError when another run of it has not ended, or it fails
 */
export async function runTask(kubectl: Kubectl, run: TaskRun): Promise<string> {
	const { namespace, task, env, every = 2000 } = run;
	const ask = async (args: readonly string[], input?: string) => {
		const { code, stdout, stderr } = await kubectl(["--namespace", namespace, ...args], input);
		if (code !== 0) throw new VisibleError(`kubectl ${args[0]}: ${stderr.trim()}`);
		return stdout;
	};
	await requireEnded(kubectl, run);
	const name = `${task}-${Date.now().toString(36)}`;
	const from = ["create", "job", name, `--from=cronjob/${task}`, "--dry-run=client", "-o", "json"];
	await ask(["create", "-f", "-"], JSON.stringify(withEnvironment(jsonObject(await ask(from)), env)));
	for (let unanswered = 0, told = false; ; ) {
		if (interruption.aborted && !told) {
			printProgress(`${namespace}/${name} goes on: kubectl -n ${namespace} logs -f job/${name}`);
			told = true;
		}
		const answer = await kubectl(["--namespace", namespace, "get", "job", name, "-o", "json"]);
		if (answer.code !== 0) {
			if (++unanswered === patience) throw new VisibleError(`kubectl get: ${answer.stderr.trim()}`);
		} else {
			unanswered = 0;
			const job = (jsonObject(answer.stdout) ?? {}) as Block;
			if (hasEnded(job)) {
				const log = await ask(["logs", `job/${name}`]).catch((error: Error) => error.message);
				if (!hasCondition(job, "Complete"))
					throw new VisibleError(`${namespace}/${name} has failed, and can be repeated:\n${log.trim()}`);
				return log.trim();
			}
		}
		await sleep(every);
	}
}

/**
 * Every run of a task has ended.
 *
 * @throws VisibleError when one has not, with since when and how to end it, or the cluster does not say
 */
export async function requireEnded(
	kubectl: Kubectl,
	task: Pick<TaskRun, "namespace" | "task">,
): Promise<void> {
	const running = (await jobsOf(kubectl, task)).find(({ job }) => !hasEnded(job));
	if (running === undefined) return;
	const { annotations, creationTimestamp } = block(running.job.metadata);
	const by = plain(block(annotations)[startedBy]);
	throw new VisibleError(
		`${task.namespace}/${running.name} is still running, since ${plain(creationTimestamp)}${by === undefined ? "" : `, for ${by}`}: wait until it has ended, or end it: kubectl -n ${task.namespace} delete job ${running.name}`,
	);
}

/** Jobs of a task that the cluster still knows. @throws VisibleError when it does not say */
export async function jobsOf(
	kubectl: Kubectl,
	{ namespace, task }: Pick<TaskRun, "namespace" | "task">,
): Promise<readonly { readonly name: string; readonly job: Block }[]> {
	const of = ["--namespace", namespace, "get", "jobs", "-l", `app=${task}`, "-o", "json"];
	const { code, stdout, stderr } = await kubectl(of);
	if (code !== 0) throw new VisibleError(`kubectl get: ${stderr.trim()}`);
	const jobs = (jsonObject(stdout) ?? {}) as Block;
	return blocks(jobs.items, "items").map(({ block: job }) => ({
		name: plain(block(job.metadata).name) ?? "",
		job,
	}));
}

function hasEnded(job: Block): boolean {
	return hasCondition(job, "Complete") || hasCondition(job, "Failed");
}

function hasCondition(job: Block, type: string): boolean {
	return blocks(block(job.status).conditions, "conditions").some(
		({ block: condition }) => condition.type === type && condition.status === "True",
	);
}

/** The job with an environment changed in its first container, and with who has started it. */
function withEnvironment(job: unknown, env: Readonly<Record<string, string>>): unknown {
	// biome-ignore lint/suspicious/noExplicitAny: an object of the API
	const changed = structuredClone(job) as any;
	const [container] = changed?.spec?.template?.spec?.containers ?? [];
	if (container === undefined) throw new VisibleError("kubectl create: answers with no job");
	const annotations = { ...changed.metadata?.annotations, [startedBy]: whoAmI() };
	changed.metadata = { ...changed.metadata, annotations };
	container.env = [
		...(container.env ?? []).filter(({ name }: { name: string }) => !(name in env)),
		...Object.entries(env).map(([name, value]) => ({ name, value })),
	];
	return changed;
}
