import { Construct } from "constructs";
import type { RestoreKind } from "../../config/schema/backup.ts";
import { MiB } from "../../config/schema/quantity.ts";
import { BackupTask } from "../kubernetes/backup-task.ts";
import type { Claim } from "../kubernetes/claim.ts";
import type { TieredNamespace } from "../kubernetes/namespace.ts";
import type { PodSet } from "../kubernetes/workload.ts";
import { siteOf } from "../site.ts";
import { mailScript } from "./mail-server.ts";

export interface TreeBackupProps {
	readonly namespace: TieredNamespace;
	readonly name: string;
	/** Name of the volume for the copies, and of its claim. */
	readonly volume: string;
	readonly schedule: string;
	/** Base URL of the Pushgateway. */
	readonly pushgateway: string;
	/** Kind of data, for the proof that it comes back. */
	readonly kind: RestoreKind;
	/** Pods that mount the volumes; the backup runs on their node. */
	readonly pods: PodSet;
	/** Directories to copy, by the name of their folder in the copy. */
	readonly trees: Readonly<Record<string, { readonly volume: Claim; readonly subPath?: string }>>;
}

/** A nightly copy of directories, a folder for each week, with unchanged files stored once. */
export class TreeBackup extends Construct {
	readonly task: BackupTask;

	constructor(scope: Construct, id: string, props: TreeBackupProps) {
		super(scope, id);
		const { namespace, name, schedule, pushgateway, pods, trees } = props;
		const { retention, capacity, image } = siteOf(this).mail.backup;
		this.task = new BackupTask(this, "task", {
			namespace,
			name,
			volume: props.volume,
			schedule,
			saves: [...new Set(Object.values(trees).map(({ volume }) => volume.claimName))],
			image,
			script: mailScript("copy-trees.sh"),
			copyName: "%G-W%V",
			daysPerCopy: 7,
			retentionDays: retention,
			capacity,
			pushgateway,
			// Owners of files are part of what is saved.
			user: { rootWith: ["CHOWN", "DAC_OVERRIDE", "FOWNER"] },
			beside: pods,
			cpu: "50m",
			memory: 256 * MiB,
			env: { SOURCE_DIR: "/source" },
			proof: {
				kind: props.kind,
				files: { "prove.sh": mailScript("prove-trees.sh") },
				memory: 256 * MiB,
				scratch: "256Mi",
				env: { TREES: Object.keys(trees).join(" ") },
			},
			mounts: Object.entries(trees).map(([tree, source]) => ({
				path: `/source/${tree}`,
				readOnly: true,
				...source,
			})),
		});
	}
}
