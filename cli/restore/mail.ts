import { setTimeout as sleep } from "node:timers/promises";
import type { Target } from "../../clients/host/target.ts";
import { jsonObject } from "../../clients/http/exchange.ts";
import { defined } from "../../config/schema/defined.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { mailRestore } from "../../constructs/mail/tree-restore.ts";
import { interruption, underWay } from "../../terminal/interruption.ts";
import { type Block, block, blocks, plain } from "../../world/blocks.ts";
import { namesIn } from "./backup-files.ts";
import { type Kubectl, requireEnded, runTask } from "./job.ts";
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
	return {
		name: "mail",
		place: `${target.name}:${directory}`,
		points: () => namesIn(target, directory, /^\d{4}-W\d{2}$/),
		loss: [
			`${namespace}/${workload} is stopped, and started again if it ran; senders try again meanwhile.`,
			replace
				? "Mail that came or was sent since is lost. The trees of before stay on the volume until the next restore."
				: "Mail of then comes back; what is there now stays as it is. What was deleted on purpose comes back as well.",
		],
		restore: async (point) => {
			// One that a killed command has left has the volume: nothing is stopped or started beside it.
			await requireEnded(kubectl, { namespace, task });
			const server = await findServer(kubectl);
			underWay.add("the restore of mail");
			try {
				await server.stop();
				await untilReleased(kubectl, every);
				const env = { COPY: point, EXISTING: replace ? "replace" : "keep" };
				return await runTask(kubectl, { namespace, task, env, ...defined({ every }) });
			} finally {
				// Whatever happened: trees change places as a whole, unless the job goes on.
				await requireEnded(kubectl, { namespace, task })
					.then(server.startAgain)
					.catch((error: Error) => {
						throw new VisibleError(`${error.message}. ${server.hint}`);
					})
					.finally(() => underWay.delete("the restore of mail"));
			}
		},
	};
}

/** Replicas that the server had before a restore stopped it, for the next one when that was killed. */
const annotation = "infra/replicas-before-restore";

/** The server as it was found: one that was stopped by somebody else stays so. */
async function findServer(kubectl: Kubectl) {
	const ask = async (verb: string, ...args: string[]) => {
		const { code, stdout, stderr } = await kubectl([
			...["--namespace", namespace, verb, `deployment/${workload}`],
			...args,
		]);
		if (code !== 0) throw new VisibleError(`kubectl ${verb}: ${stderr.trim()}`);
		return stdout;
	};
	const { spec, metadata } = (jsonObject(await ask("get", "-o", "json")) ?? {}) as Block;
	const found = block(spec).replicas;
	if (typeof found !== "number")
		throw new VisibleError(`kubectl get: ${namespace}/${workload} does not say how many replicas it has`);
	const replicas = found || Number(block(block(metadata).annotations)[annotation] ?? 0);
	if (replicas === 0)
		return {
			stop: async () => {},
			startAgain: async () => {},
			hint: `${namespace}/${workload} was stopped before, and stays so`,
		};
	return {
		stop: async () => {
			await ask("annotate", "--overwrite", `${annotation}=${replicas}`);
			await ask("scale", "--replicas=0");
		},
		startAgain: async () => {
			await ask("scale", `--replicas=${replicas}`);
			await ask("annotate", `${annotation}-`);
		},
		hint: `${namespace}/${workload} stays stopped: repeat the restore then, or: kubectl -n ${namespace} scale deployment/${workload} --replicas=${replicas}`,
	};
}

/**
 * Waits until no pod has the volumes that the task writes to: those of the server, and of a backup that runs. Pods that have
 * ended have none, nor has one that waits for a node.
 */
async function untilReleased(kubectl: Kubectl, every = 2000): Promise<void> {
	const get = async (...what: string[]) => {
		const { code, stdout, stderr } = await kubectl(["--namespace", namespace, "get", ...what, "-o", "json"]);
		if (code !== 0) throw new VisibleError(`kubectl get: ${stderr.trim()}`);
		return (jsonObject(stdout) ?? {}) as Block;
	};
	const { jobTemplate } = block((await get(`cronjob/${task}`)).spec);
	const claims = claimsOf(block(block(block(block(jobTemplate).spec).template).spec), true);
	if (claims.size === 0)
		throw new VisibleError(`${namespace}/${task} writes to no volume: deploy mailserver`);
	const alive = "--field-selector=status.phase!=Succeeded,status.phase!=Failed";
	let users: (string | undefined)[] = [];
	for (let look = 0; look < 150; look++) {
		interruption.throwIfAborted();
		users = blocks((await get("pods", alive)).items, "items")
			.map(({ block: pod }) => pod)
			.filter(({ spec }) => block(spec).nodeName !== undefined)
			.filter(({ spec }) => [...claimsOf(block(spec))].some((claim) => claims.has(claim)))
			.map(({ metadata }) => plain(block(metadata).name));
		if (users.length === 0) return;
		await sleep(every);
	}
	throw new VisibleError(
		`${namespace}/${workload} has not stopped, or its volume is in use: nothing was restored (${users.join(", ")})`,
	);
}

/** Claims of a pod. @param written only those that a container may write to */
function claimsOf(pod: Block, written = false): Set<string> {
	const mounts = blocks(pod.containers, "containers").flatMap(({ block: { volumeMounts } }) =>
		blocks(volumeMounts, "volumeMounts").map(({ block: mount }) => mount),
	);
	const wanted = new Set(
		mounts.filter(({ readOnly }) => !written || readOnly !== true).map(({ name }) => plain(name)),
	);
	return new Set(
		blocks(pod.volumes, "volumes")
			.filter(({ block: { name } }) => wanted.has(plain(name)))
			.flatMap(({ block: volume }) => plain(block(volume.persistentVolumeClaim).claimName) ?? []),
	);
}
