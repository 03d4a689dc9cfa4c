import { readFileSync } from "node:fs";
import { Construct } from "constructs";
import type { RestoreKind } from "../../config/schema/backup.ts";
import { longestGap } from "../../config/schema/cron.ts";
import { defined } from "../../config/schema/defined.ts";
import { type Duration, days, inDays } from "../../config/schema/duration.ts";
import { savesAnnotation } from "../../world/volume-backups.ts";
import { siteOf } from "../site.ts";
import { BackupProof, type BackupProofProps } from "./backup-proof.ts";
import { Claim } from "./claim.ts";
import { ConfigFiles } from "./config-files.ts";
import type { ContainerProps } from "./container.ts";
import type { TieredNamespace } from "./namespace.ts";
import { ScheduledTask, type ScheduledTaskProps } from "./scheduled-task.ts";
import { scratchSpace } from "./volume-source.ts";

export interface BackupTaskProps
	extends Pick<ContainerProps, "image" | "env" | "secrets" | "cpu" | "memory" | "mounts">,
		Pick<ScheduledTaskProps, "user" | "beside" | "vaultLogin"> {
	readonly namespace: TieredNamespace;
	/** Name of the CronJob and the Pushgateway job. */
	readonly name: string;
	/** Name of the volume and its claim, unique in the cluster. @default name */
	readonly volume?: string;
	/** Directory of the backups below the export of the NFS server. @default name */
	readonly directory?: string;
	readonly schedule: string;
	/**
	 * Names of the claims that it backs up, `<template>-<set>` for those of a stateful set. The rules refuse a claim
	 * without a backup. Empty when the data is on volumes that no stack declares.
	 */
	readonly saves: readonly string[];
	/**
	 * Shell script that writes below `BACKUP_DIR` and prints the path of its output as its last line. Beside it is
	 * `free-name.sh`, which prints that of a copy with a name of its own.
	 */
	readonly script: string;
	/**
	 * Name of a copy below `BACKUP_DIR` as a format of date(1), of fixed length and sortable by time; the script reads
	 * it from `COPY_NAME`.
	 */
	readonly copyName: string;
	/** Days that share one name: a later run replaces the copy of an earlier one. @default a name for each run */
	readonly daysPerCopy?: number;
	/** Whole days that copies are kept, at least one. */
	readonly retentionDays: number;
	/** Bytes of the volume, for information. */
	readonly capacity: number;
	/** Base URL of the Pushgateway. */
	readonly pushgateway: string;
	/** How the newest copy is shown to come back. */
	readonly proof: Pick<BackupProofProps, "kind" | "files" | "memory" | "scratch" | "env">;
}

const scriptOf = (name: string) => readFileSync(new URL(`./scripts/${name}`, import.meta.url), "utf8");

/**
 * A scheduled backup to a directory of the NFS server, with the metrics that its alerts need. The newest copies, as
 * many as the schedule makes within the retention, are never removed, even if the clock makes them look old.
 */
export class BackupTask extends Construct {
	readonly name: string;
	/** Seconds after which the last backup is too old. */
	readonly staleAfter: Duration;
	/** Days that copies are kept. */
	readonly retentionDays: number;
	readonly volume: Claim;
	/** The CronJob that shows that copies come back, and the kind of data in its metrics. */
	readonly proof: { readonly name: string; readonly kind: RestoreKind; readonly within: Duration };

	constructor(scope: Construct, id: string, props: BackupTaskProps) {
		super(scope, id);
		const { namespace, name, script, retentionDays, capacity, pushgateway, mounts = [], env = {} } = props;
		this.name = name;
		this.retentionDays = retentionDays;
		const { volume = name, directory = name } = props;
		this.volume = new Claim(this, "volume", {
			namespace,
			name: volume,
			directory,
			holds: "backups",
			capacity,
		});
		const scripts = new ConfigFiles(this, "scripts", {
			namespace,
			name: `${name}-scripts`,
			files: {
				"backup.sh": script,
				"run-backup.sh": scriptOf("run-backup.sh"),
				...(props.daysPerCopy === undefined ? { "free-name.sh": scriptOf("free-name.sh") } : {}),
			},
			mode: "0555",
		});
		const { image, secrets, cpu, memory, beside, vaultLogin } = props;
		const daysApart = Math.max(inDays(longestGap(props.schedule)), props.daysPerCopy ?? 0);
		const task = new ScheduledTask(this, "task", {
			namespace,
			name,
			schedule: props.schedule,
			...(props.saves.length > 0 ? { annotations: { [savesAnnotation]: props.saves.join(",") } } : {}),
			user: props.user,
			...defined({ beside, vaultLogin }),
			containers: [
				{
					name,
					image,
					cpu,
					memory,
					...defined({ secrets }),
					command: ["/scripts/run-backup.sh", "/scripts/backup.sh"],
					env: {
						...env,
						BACKUP_DIR: "/backup",
						COPY_NAME: props.copyName,
						RETENTION_DAYS: String(retentionDays),
						KEEP_COPIES: String(Math.max(Math.floor(retentionDays / daysApart), 1)),
						JOB_NAME: name,
						PUSHGATEWAY: pushgateway,
					},
					mounts: [
						...mounts,
						{ path: "/backup", volume: this.volume },
						{ path: "/scripts", volume: scripts, readOnly: true },
						{ path: "/tmp", volume: scratchSpace("tmp", "16Mi") },
					],
				},
			],
		});
		this.staleAfter = task.staleAfter;
		const { kind } = props.proof;
		const proof = new BackupProof(this, "proof", {
			namespace,
			name: `${name}-proof`,
			image,
			user: "rootWith" in props.user ? { rootWith: ["DAC_OVERRIDE"] } : props.user,
			backups: this.volume,
			copyName: props.copyName,
			maxAge: task.staleAfter,
			pushgateway,
			...props.proof,
		});
		this.proof = { name: proof.name, kind, within: days(siteOf(this).backup.proveWithin) };
	}
}
