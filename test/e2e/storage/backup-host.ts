import { onTestFinished } from "vitest";
import type { Backup } from "../../../config/schema/backup.ts";
import { StorageHost } from "./storage-host.ts";

export { ended, hoursAgo, type ProcessResult, timestamp } from "./storage-host.ts";

/** A storage host for one test. */
export class BackupHost extends StorageHost {
	/** @param backup differences from the lab site; @param trees exported directories */
	constructor(backup: Partial<Backup> = {}, trees?: readonly string[]) {
		super(backup, trees);
		onTestFinished(() => this[Symbol.dispose]());
	}
}
