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

	/** Lets its clock say one and the same second from now on, and what lies hours or days from it. */
	stopClock(at: Date): void {
		const second = `${at.toISOString().slice(0, 19).replace("T", " ")} UTC`;
		this.program(
			"date",
			`#!/bin/sh
case "$1 $2" in
"-d "????-??-??* | -r*) exec /bin/date "$@" ;;
-d*) relative=$2; shift 2; exec /bin/date -d "${second} $relative" "$@" ;;
esac
exec /bin/date -d "${second}" "$@"
`,
		);
	}
}
