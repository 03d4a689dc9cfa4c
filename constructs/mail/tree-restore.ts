import { Construct } from "constructs";
import { MiB } from "../../config/schema/quantity.ts";
import type { Claim } from "../kubernetes/claim.ts";
import { ConfigFiles } from "../kubernetes/config-files.ts";
import type { TieredNamespace } from "../kubernetes/namespace.ts";
import { ScheduledTask } from "../kubernetes/scheduled-task.ts";
import { scratchSpace } from "../kubernetes/volume-source.ts";
import { siteOf } from "../site.ts";
import { mailScript, mailTrees } from "./mail-server.ts";

/** What `infra restore mail` starts and stops. */
export const mailRestore = {
	namespace: "mailserver",
	workload: "mailserver",
	task: "mailserver-restore",
	/** Volume of the backups. */
	backups: "mailserver-backup-host",
} as const;

export interface TreeRestoreProps {
	readonly namespace: TieredNamespace;
	/** Volume of the backups. */
	readonly backups: Claim;
	/** Volume with the trees. */
	readonly data: Claim;
}

/**
 * A CronJob that never runs by itself, and brings the trees of a backup back when `infra restore mail` makes a job from it.
 * Nothing else may have the volume meanwhile.
 */
export class TreeRestore extends Construct {
	constructor(scope: Construct, id: string, { namespace, backups, data }: TreeRestoreProps) {
		super(scope, id);
		const { image, schedule } = siteOf(this).mail.backup;
		const name = mailRestore.task;
		const scripts = new ConfigFiles(this, "scripts", {
			namespace,
			name: `${name}-scripts`,
			files: { "restore-trees.sh": mailScript("restore-trees.sh") },
			mode: "0555",
		});
		new ScheduledTask(this, "task", {
			namespace,
			name,
			// It has to have one.
			schedule,
			onlyByHand: true,
			retries: 0,
			// Owners of files are part of what comes back.
			user: { rootWith: ["CHOWN", "DAC_OVERRIDE", "FOWNER"] },
			containers: [
				{
					name,
					image,
					command: ["/scripts/restore-trees.sh"],
					cpu: "50m",
					memory: 256 * MiB,
					env: {
						BACKUP_DIR: "/backup",
						VOLUME_DIR: "/volume",
						TREES: Object.entries(mailTrees)
							.map(([tree, { subPath }]) => `${tree}=${subPath}`)
							.join(" "),
						COPY: "",
						EXISTING: "keep",
					},
					mounts: [
						{ path: "/backup", volume: backups, readOnly: true },
						{ path: "/volume", volume: data },
						{ path: "/scripts", volume: scripts, readOnly: true },
						{ path: "/tmp", volume: scratchSpace("tmp", "16Mi") },
					],
				},
			],
		});
	}
}
