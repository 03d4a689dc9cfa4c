import { setTimeout as sleep } from "node:timers/promises";
import type { ProcessResult } from "../../clients/host/run.ts";
import { jsonObject } from "../../clients/http/exchange.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { type Block, block, blocks } from "../../world/blocks.ts";

/** Runs kubectl on the cluster of the site. */
export type Kubectl = (args: readonly string[], input?: string) => Promise<ProcessResult>;

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
 * @returns its log
 * @throws VisibleError when another run of it has not ended, or it fails
 */
export async function runTask(kubectl: Kubectl, run: TaskRun): Promise<string> {
	const { namespace, task, env, every = 2000 } = run;
	const ask = async (args: readonly string[], input?: string) => {
		const { code, stdout, stderr } = await kubectl(["--namespace", namespace, ...args], input);
		if (code !== 0) throw new VisibleError(`kubectl ${args[0]}: ${stderr.trim()}`);
		return stdout;
	};
	const jobs = (jsonObject(await ask(["get", "jobs", "-l", `app=${task}`, "-o", "json"])) ?? {}) as Block;
	for (const { block: job } of blocks(jobs.items, "items"))
		if (!hasEnded(job))
			throw new VisibleError(
				`${namespace}/${block(job.metadata).name} is still running: wait until it has ended`,
			);
	const name = `${task}-${Date.now().toString(36)}`;
	const from = ["create", "job", name, `--from=cronjob/${task}`, "--dry-run=client", "-o", "json"];
	await ask(["create", "-f", "-"], JSON.stringify(withEnvironment(jsonObject(await ask(from)), env)));
	for (;;) {
		const job = (jsonObject(await ask(["get", "job", name, "-o", "json"])) ?? {}) as Block;
		if (hasEnded(job)) {
			const log = await ask(["logs", `job/${name}`]).catch((error: Error) => error.message);
			if (!hasCondition(job, "Complete"))
				throw new VisibleError(`${namespace}/${name} has failed, and can be repeated:\n${log.trim()}`);
			return log.trim();
		}
		await sleep(every);
	}
}

function hasEnded(job: Block): boolean {
	return hasCondition(job, "Complete") || hasCondition(job, "Failed");
}

function hasCondition(job: Block, type: string): boolean {
	return blocks(block(job.status).conditions, "conditions").some(
		({ block: condition }) => condition.type === type && condition.status === "True",
	);
}

/** The job with an environment changed in its first container. */
function withEnvironment(job: unknown, env: Readonly<Record<string, string>>): unknown {
	// biome-ignore lint/suspicious/noExplicitAny: an object of the API
	const changed = structuredClone(job) as any;
	const [container] = changed?.spec?.template?.spec?.containers ?? [];
	if (container === undefined) throw new VisibleError("kubectl create: answers with no job");
	container.env = [
		...(container.env ?? []).filter(({ name }: { name: string }) => !(name in env)),
		...Object.entries(env).map(([name, value]) => ({ name, value })),
	];
	return changed;
}
