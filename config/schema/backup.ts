import { cronSchedule, longestGap } from "./cron.ts";
import { type Duration, days, formatDuration, milliseconds, minutes, sum } from "./duration.ts";
import { absolutePath, label, wholeDays, wholeSeconds, wholeSecondsOrNone } from "./primitives.ts";
import { word } from "./texts.ts";
import { z } from "./zod.ts";

/** Local time of day, to the minute. */
const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected a time of day such as "03:00"');

const share = z.int().min(1).max(99).describe("Per cent");

/** Copies to keep: the newest of each of the last so many days, ISO weeks and months. */
const keep = z.strictObject({
	daily: z.int().min(1),
	weekly: z.int().min(0),
	monthly: z.int().min(0).default(0),
});

/** One program of the chain: each runs daily. */
const step = z.strictObject({
	at: timeOfDay,
	timeout: wholeSeconds.describe("A run that takes longer is stopped and counts as failed"),
});

/**
 * Backups of the storage host (`storage.nfs.server`): thin snapshots, a copy of them on a second disk, and a copy of
 * everything at another place.
 */
export const backup = z
	.strictObject({
		lvm: z.strictObject({
			volumeGroup: label,
			thinPool: label,
			volumePrefix: z
				.string()
				.regex(/^[a-z0-9-]+-$/)
				.describe("What the CSI driver names its volumes by"),
		}),
		disk: absolutePath.describe("Mount point of the second disk"),
		hostPaths: z.array(absolutePath).describe("Configuration of the host, copied with every restore point"),
		appliances: z
			.record(label, z.array(absolutePath).min(1))
			.describe(
				"Files of other machines, by key of `network.hosts`; root there must let this host in by ssh",
			),
		kubeconfig: absolutePath.describe("On the host; reads volumes, and scales workloads during a restore"),
		excludedNamespaces: z
			.array(label)
			.describe("Volumes that change too fast for snapshots; each needs a backup task of its own"),
		schedule: z.strictObject({
			snapshot: step,
			copy: step,
			offsite: step,
			prove: step,
			randomDelay: wholeSecondsOrNone.describe("Longest random delay of each start"),
		}),
		proveWithin: wholeDays.describe(
			"Data of every kind, and every volume, comes back on trial at least this often",
		),
		proofs: cronSchedule.describe("When copies that jobs of the cluster have made come back on trial"),
		keep: z.strictObject({
			snapshots: z.int().min(1).describe("Daily snapshots of each volume"),
			copies: keep.describe("Restore points on the second disk"),
			offsite: keep.describe("The same at the other place"),
		}),
		offsite: z.strictObject({
			host: word.describe("Key of the host in `network.hosts`"),
			user: z
				.string()
				.regex(/^[\w.-]+$/)
				.describe("Account there"),
			directory: absolutePath.describe("The repository is `restic` below it"),
			loss: share.describe(
				"A run fails, and what it brings counts as doubtful, when more of a tree's files are gone or changed",
			),
		}),
		metricsHost: word.describe(
			"Key of the host in `network.hosts` that answers the node port `pushgateway` of the cluster",
		),
		alerts: z.strictObject({
			poolFree: share.describe("Least free share of the thin pool, data and metadata"),
			diskUsed: share.describe("Highest used share of the second disk"),
		}),
	})
	.superRefine(({ schedule, keep, proofs, proveWithin }, context) => {
		const problem = (path: PropertyKey[], message: string) =>
			context.addIssue({ code: "custom", path, message });
		for (const [earlier, later] of [
			["snapshot", "copy"],
			["copy", "offsite"],
			["offsite", "prove"],
		] as const)
			if (timeOfDayIn(schedule[later].at) <= timeOfDayIn(schedule[earlier].at) + schedule.randomDelay)
				problem(
					["schedule", later, "at"],
					`expected a time after ${schedule[earlier].at} and the random delay: it comes after ${earlier}`,
				);
		// The units of a day wait for each other, so that their longest times add up.
		const steps = [schedule.snapshot, schedule.copy, schedule.offsite, schedule.prove];
		const ends = steps.reduce(
			(end, { at, timeout }) => Math.max(end, timeOfDayIn(at) + schedule.randomDelay) + timeout,
			0,
		);
		if (ends > timeOfDayIn(schedule.snapshot.at) + backupPeriod)
			problem(
				["schedule"],
				`expected time-outs that end before the next ${schedule.snapshot.at}: each step waits for the one before, and they may end ${formatDuration(milliseconds(ends - timeOfDayIn(schedule.snapshot.at)))} after the first begins`,
			);
		// One that fails leaves time for another.
		if (cronSchedule.safeParse(proofs).success && 2 * longestGap(proofs) > days(proveWithin))
			problem(
				["proofs"],
				`expected starts at least twice within proveWithin: two are up to ${formatDuration(longestGap(proofs))} apart`,
			);
		if (keep.snapshots > 14)
			problem(["keep", "snapshots"], "expected at most 14: snapshots share the pool that they protect");
		if (keep.offsite.daily < keep.copies.daily || keep.offsite.weekly < keep.copies.weekly)
			problem(["keep", "offsite"], "expected at least keep.copies: nothing local may outlive its copy");
	});

/**
 * Kinds of data that are backed up. Each is shown to come back, by the storage host or by a job of the cluster, and
 * `backup_restore_verified_timestamp{kind}` says when.
 */
export const restoreKinds = {
	claim: "host",
	database: "host",
	vault: "cluster",
	redis: "cluster",
	mail: "cluster",
	webmail: "cluster",
} as const satisfies Readonly<Record<string, "host" | "cluster">>;

export type RestoreKind = keyof typeof restoreKinds;

export type Backup = z.output<typeof backup>;
export type BackupStep = "snapshot" | "copy" | "offsite" | "prove";

/** Every step runs once a day. */
export const backupPeriod = days(1);

/** Time from midnight to a time of day. */
function timeOfDayIn(text: string): Duration {
	const [hour, minute] = text.split(":");
	return minutes(Number(hour) * 60 + Number(minute));
}

/**
 * Time after which the last success of a step is too old: one missed run is tolerated, since the next catches
 * up, two are not. The margin covers the delay and the duration of a run.
 */
export function staleAfter({ schedule }: Backup, step: BackupStep): Duration {
	return sum(backupPeriod, backupPeriod, schedule.randomDelay, schedule[step].timeout);
}
