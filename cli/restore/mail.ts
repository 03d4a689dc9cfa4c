import { setTimeout as sleep } from "node:timers/promises";
import type { Target } from "../../clients/host/target.ts";
import { defined } from "../../config/schema/defined.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { mailRestore } from "../../constructs/mail/tree-restore.ts";
import { namesIn } from "./backup-files.ts";
import { type Kubectl, runTask } from "./job.ts";
import type { Restoration } from "./restoration.ts";

const { namespace, task, workload } = mailRestore;

/** The mail of all accounts. @param replace whether mail that came since is removed */
export function mailRestoration(
	directory: string,
	target: Target,
	kubectl: Kubectl,
	replace: boolean,
	every?: number,
): Restoration {
	const scale = async (replicas: number) => {
		const { code, stderr } = await kubectl([
			...["--namespace", namespace, "scale", `deployment/${workload}`],
			`--replicas=${replicas}`,
		]);
		if (code !== 0) throw new VisibleError(`kubectl scale: ${stderr.trim()}`);
	};
	return {
		name: "mail",
		place: `${target.name}:${directory}`,
		points: () => namesIn(target, directory, /^\d{4}-W\d{2}$/),
		loss: [
			`${namespace}/${workload} is stopped, and started again; senders try again meanwhile.`,
			replace
				? "Mail that came or was sent since is lost. The trees of before stay on the volume until the next restore."
				: "Mail of then comes back; what is there now stays as it is. What was deleted on purpose comes back as well.",
		],
		restore: async (point) => {
			await scale(0);
			try {
				await untilGone(kubectl, every);
				const env = { COPY: point, EXISTING: replace ? "replace" : "keep" };
				return await runTask(kubectl, { namespace, task, env, ...defined({ every }) });
			} finally {
				// Whatever happened: trees change places as a whole.
				await scale(1);
			}
		},
	};
}

/** Waits until no pod of the server has the volume any more. */
async function untilGone(kubectl: Kubectl, every = 2000): Promise<void> {
	for (let look = 0; look < 150; look++) {
		const { code, stdout, stderr } = await kubectl([
			...["--namespace", namespace, "get", "pods", "-l", `app=${workload}`, "-o", "name"],
		]);
		if (code !== 0) throw new VisibleError(`kubectl get: ${stderr.trim()}`);
		if (stdout.trim() === "") return;
		await sleep(every);
	}
	throw new VisibleError(`${namespace}/${workload} has not stopped: nothing was restored`);
}
