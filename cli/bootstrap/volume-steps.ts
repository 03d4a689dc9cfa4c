import { openTarget } from "../../clients/host/ssh-target.ts";
import type { Target } from "../../clients/host/target.ts";
import { kubectl } from "../../clients/kubernetes/kubectl.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { configDirectory } from "../../constructs/mail/environment.ts";
import { mailClaim } from "../../constructs/mail/mail-server.ts";
import { mailRestore } from "../../constructs/mail/tree-restore.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { volumeBackups } from "../../world/volume-backups.ts";
import { nfsServer } from "../exports/nfs-server.ts";
import type { Backups } from "./backups.ts";
import { checked, type Step } from "./checklist.ts";
import type { Founding } from "./founding.ts";

/** Claims whose content comes back in another way: from a snapshot of the store, and from a backup of the keys. */
const ownWays = new Set(["vault", "redis"]);

/**
 * A claim is made late, and its volume filled last: one that is in no restore point is told before anything is done. Claims
 * that no stack makes, but a chart or an owner, are seen once they are there.
 */
export function restorePointsStep(founding: Founding): Step {
	return {
		outcome: "every volume of a stack is in a restore point, or may begin empty",
		run: async () => {
			const claims = await claimsToFill(founding);
			if (claims.length === 0) return true;
			using host = storageHost(founding);
			const without: string[] = [];
			for (const claim of claims) if ((await newestPoint(host, claim)) === undefined) without.push(claim);
			if (without.length > 0) throw inNoPoint(without, host);
			return true;
		},
	};
}

/** Whether a volume of a stack is still to be filled: a program that knows that it had data begins only then. */
export async function waitsForVolume(founding: Founding, stack: string): Promise<boolean> {
	const { filled = {} } = await founding.safe.open();
	const done = (await blockClaims(founding)).filter(({ uid }) => filled[uid] !== undefined);
	return (await fillable(founding))
		.filter(({ resource }) => resource.stack === stack)
		.some(({ namespace, claim }) => !done.some((one) => one.claim === `${namespace}/${claim}`));
}

/** Volumes of stacks whose content comes from restore points. */
async function fillable(founding: Founding) {
	return volumeBackups(await founding.world())
		.filter(({ argument, storageClass }) => argument === "" && isBlock(founding, storageClass))
		.filter(({ namespace }) => !ownWays.has(namespace));
}

/** Programs of the storage host bring the volumes of claims back from their newest restore point. */
export function volumeSteps(founding: Founding): Step[] {
	return [
		checked("every volume that is in a restore point has its content", {
			look: async () => (await emptyClaims(founding)).length === 0,
			act: async () => {
				using host = storageHost(founding);
				const { safe, options } = founding;
				const without: string[] = [];
				for (const { uid, claim } of await emptyClaims(founding)) {
					const point = options.empty.includes(claim) ? "none" : await newestPoint(host, claim);
					if (point !== undefined && point !== "none")
						await must(host, ["restore-backup", claim, point], "yes\n");
					if (point === "none" && claim === mailClaim) await takeEmptyMail(founding);
					if (point === undefined) without.push(claim);
					// Not on the claim itself: a plan would take that away.
					else await safe.change({ filled: { ...(await safe.open()).filled, [uid]: point } });
				}
				if (without.length > 0) throw inNoPoint(without, host);
			},
		}),
	];
}

/** Says to the mail server what the operator has said with `--empty`: it waits for its mailboxes, and knows of them. */
async function takeEmptyMail({ site }: Founding): Promise<void> {
	const { namespace, workload } = mailRestore;
	const accept = [
		"-n",
		namespace,
		"exec",
		`deploy/${workload}`,
		"--",
		`${configDirectory}/volume.sh`,
		"accept",
	];
	const { waitUntil } = await import("../onboard/wait-until.ts");
	await waitUntil(async () => {
		const { code, stderr } = await kubectl(site, accept);
		return code === 0
			? undefined
			: `the mail server does not take its empty volume: ${stderr.trim()}: kubectl ${accept.join(" ")}`;
	}, 300_000);
}

const storageHost = ({ site, options }: Founding) => openTarget(nfsServer(site), { local: options.local });

const inNoPoint = (claims: readonly string[], host: Target) =>
	new UsageError(
		`${claims.join(", ")}: in no restore point of ${host.name}`,
		`bring one there, or let it begin empty: ${claims.map((claim) => `--empty ${claim}`).join(" ")}`,
	);

/** A claim of a block volume. Its uid tells it from one of the same name that was lost. */
interface BlockClaim {
	readonly uid: string;
	/** `namespace/name`. */
	readonly claim: string;
}

/** Claims of stacks whose volumes come from restore points and were not brought back yet. */
async function claimsToFill(founding: Founding): Promise<readonly string[]> {
	const { filled = {} } = await founding.safe.open();
	const back = (await blockClaims(founding)).filter(({ uid }) => filled[uid] !== undefined);
	const done = [...founding.options.empty, ...back.map(({ claim }) => claim)];
	return (await fillable(founding))
		.map(({ namespace, claim }) => `${namespace}/${claim}`)
		.filter((claim) => !done.includes(claim))
		.sort();
}

/** Claims whose volumes were not brought back yet. */
async function emptyClaims(founding: Founding): Promise<BlockClaim[]> {
	const { filled = {} } = await founding.safe.open();
	return (await blockClaims(founding)).filter(({ uid }) => filled[uid] === undefined);
}

/** Claims in the cluster whose volumes come from restore points. */
async function blockClaims(founding: Founding): Promise<BlockClaim[]> {
	const { code, stdout, stderr } = await kubectl(founding.site, ["get", "pvc", "-A", "-o", "json"]);
	if (code !== 0) throw new VisibleError(`the claims cannot be listed: ${stderr.trim()}`);
	const { items } = JSON.parse(stdout) as {
		readonly items: readonly {
			readonly metadata: { readonly namespace: string; readonly name: string; readonly uid: string };
			readonly spec: { readonly storageClassName?: string };
		}[];
	};
	return items
		.filter(({ spec }) => isBlock(founding, spec.storageClassName ?? ""))
		.filter(({ metadata: { namespace } }) => !ownWays.has(namespace))
		.map(({ metadata: { namespace, name, uid } }) => ({ uid, claim: `${namespace}/${name}` }));
}

function isBlock({ site }: Founding, storageClass: string): boolean {
	const { plainClass, encryptedClass } = site.storage.block;
	return [plainClass, encryptedClass].includes(storageClass);
}

/** A claim that is in no point makes the program print nothing. */
async function newestPoint(host: Target, claim: string): Promise<string | undefined> {
	return (await must(host, ["restore-backup", "list", claim])).trim().split("\n").at(-1) || undefined;
}

async function must(host: Target, command: readonly string[], input?: string): Promise<string> {
	const { code, stdout, stderr } = await host.run(command, input);
	if (code !== 0) throw new VisibleError(`${host.name}: ${command.join(" ")} has failed: ${stderr.trim()}`);
	return stdout;
}

/** A job reads the newest backup of Redis and writes its keys to the master. Its name says which backup that is. */
export function redisSteps(founding: Founding, backups: () => Promise<Backups>): Step[] {
	const jobFor = (file: string) => `redis-restore-${file.replace(/^redis-|\.rdb$/g, "")}`;
	const state = async (job: string) => {
		const args = [
			"-n",
			"redis",
			"get",
			"job",
			job,
			"--ignore-not-found",
			"-o",
			"jsonpath={.status.conditions[*].type}",
		];
		const { code, stdout, stderr } = await kubectl(founding.site, args);
		if (code !== 0) throw new VisibleError(`job redis/${job} cannot be read: ${stderr.trim()}`);
		if (/\bFailed\b/.test(stdout))
			throw new UsageError(
				`job redis/${job} has failed`,
				`kubectl -n redis logs job/${job} says why; kubectl -n redis delete job ${job} lets this command try again`,
			);
		return /\bComplete\b/.test(stdout);
	};
	return [
		checked("Redis has the keys of its newest backup", {
			look: async () => {
				const { redis } = await backups();
				return redis === undefined || state(jobFor(redis));
			},
			act: async () => {
				const { redis = "" } = await backups();
				const job = jobFor(redis);
				const create = ["-n", "redis", "create", "job", "--from=cronjob/redis-restore", job];
				const { code, stderr } = await kubectl(founding.site, create);
				if (code !== 0 && !/already exists/.test(stderr))
					throw new VisibleError(`job redis/${job} cannot be made: ${stderr.trim()}`);
				const { waitUntil } = await import("../onboard/wait-until.ts");
				await waitUntil(
					async () => ((await state(job)) ? undefined : `job redis/${job} has not ended`),
					600_000,
				);
			},
		}),
	];
}
