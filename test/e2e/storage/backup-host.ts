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

	/** Lets its clock say one and the same second from now on. */
	stopClock(at: Date): void {
		const seconds = Math.floor(at.getTime() / 1000);
		this.program(
			"date",
			`#!/bin/sh\ncase "$*" in *-d*|*-r*) exec /bin/date "$@" ;; esac\nexec /bin/date -d @${seconds} "$@"\n`,
		);
	}
}
