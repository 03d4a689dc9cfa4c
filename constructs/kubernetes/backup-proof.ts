import { readFileSync } from "node:fs";
import { Construct } from "constructs";
import type { RestoreKind } from "../../config/schema/backup.ts";
import { type Duration, inSeconds } from "../../config/schema/duration.ts";
import { siteOf } from "../site.ts";
import type { Claim } from "./claim.ts";
import { ConfigFiles } from "./config-files.ts";
import type { ContainerProps } from "./container.ts";
import type { TieredNamespace } from "./namespace.ts";
import { ScheduledTask, type ScheduledTaskProps } from "./scheduled-task.ts";
import { scratchSpace } from "./volume-source.ts";

export interface BackupProofProps
	extends Pick<ContainerProps, "image" | "memory" | "env">,
		Pick<ScheduledTaskProps, "user"> {
	readonly namespace: TieredNamespace;
	/** Name of the CronJob and the Pushgateway job. */
	readonly name: string;
	readonly kind: RestoreKind;
	/** Volume with the copies. */
	readonly backups: Claim;
	/** Name of a copy as a format of date(1). */
	readonly copyName: string;
	/** Age at which the newest copy is too old to say anything. */
	readonly maxAge: Duration;
	/** Base URL of the Pushgateway. */
	readonly pushgateway: string;
	/**
	 * Scripts by name. `prove.sh` restores `COPY` to `WORK_DIR`, compares, and prints as its last line how many things it
	 * has compared, and what they are.
	 */
	readonly files: Readonly<Record<string, string>>;
	/** Most that `WORK_DIR` takes, as Kubernetes writes quantities. */
	readonly scratch: string;
}

const runner = readFileSync(new URL("./scripts/run-proof.sh", import.meta.url), "utf8");

/**
 * Restores the newest copy of a backup on trial, at `backup.proofs`, in the image that made it: the storage host has none of
 * its programs, and a server of another version might read what this one cannot. The copies are mounted read-only.
 */
export class BackupProof extends Construct {
	readonly name: string;

	constructor(scope: Construct, id: string, props: BackupProofProps) {
		super(scope, id);
		const { namespace, name, image, memory, user, env } = props;
		this.name = name;
		const scripts = new ConfigFiles(this, "scripts", {
			namespace,
			name: `${name}-scripts`,
			files: { ...props.files, "run-proof.sh": runner },
			mode: "0555",
		});
		new ScheduledTask(this, "task", {
			namespace,
			name,
			schedule: siteOf(this).backup.proofs,
			user,
			containers: [
				{
					name,
					image,
					cpu: "50m",
					memory,
					command: ["/scripts/run-proof.sh", "/scripts/prove.sh"],
					env: {
						...env,
						JOB_NAME: name,
						KIND: props.kind,
						PUSHGATEWAY: props.pushgateway,
						BACKUP_DIR: "/backup",
						COPY_NAME: props.copyName,
						MAX_AGE: String(inSeconds(props.maxAge)),
						WORK_DIR: "/tmp",
					},
					mounts: [
						{ path: "/backup", volume: props.backups, readOnly: true },
						{ path: "/scripts", volume: scripts, readOnly: true },
						{ path: "/tmp", volume: scratchSpace("tmp", props.scratch) },
					],
				},
			],
		});
	}
}
