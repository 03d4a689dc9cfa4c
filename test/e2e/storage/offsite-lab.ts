import { execFileSync } from "node:child_process";
import { readdirSync, utimesSync } from "node:fs";
import { BackupHost, type ProcessResult, timestamp } from "./backup-host.ts";

/** A snapshot at the other place. */
export interface Snapshot {
	readonly id: string;
	readonly tags: readonly [time: string, part: string];
}

/** A storage host and the other place: a real repository, behind the only command that the host may start there. */
export class OffsiteLab extends BackupHost {
	/** Number of the account there; that of the tests where there is none of its own. */
	protected readonly account: number | undefined = undefined;

	/** Makes the repository, with a key of this host and one of the other place. */
	async withRepository(): Promise<this> {
		const { code, stderr } = await this.run("offsite-backup.sh", ["init"]);
		if (code !== 0) throw new Error(stderr);
		this.there("key", "add", "--new-password-file", this.path("far-key"));
		return this;
	}

	/** A restic command at the other place, with the key of the host, which opens it as well. */
	there(...args: string[]): string {
		return execFileSync("restic", ["--repo", this.path("offsite/restic"), "--no-cache", ...args], {
			encoding: "utf8",
			env: this.environment(),
			...(this.account === undefined ? {} : { uid: this.account, gid: this.account }),
		});
	}

	/** Restic as somebody runs it who has taken over the host: its key, and its way to the other place. */
	asHost(...args: string[]): string[] {
		return [
			"--option",
			`rclone.program=${this.path("bin/ssh")} -o BatchMode=yes backup@192.0.2.21`,
			"--repo",
			"rclone:",
			...args,
		];
	}

	snapshots(): Snapshot[] {
		return JSON.parse(this.there("snapshots", "--json")) as Snapshot[];
	}

	/** Names of the parts that can be relied on, the oldest first. */
	parts(): string[] {
		const all = this.snapshots();
		const doubtful = all.map(({ tags: [, part] }) => part);
		return all
			.filter(
				({ id, tags: [, part] }) => !part.startsWith("doubtful/") && !doubtful.includes(`doubtful/${id}`),
			)
			.map(({ tags: [, part] }) => part)
			.sort();
	}

	/** Lets all that is there have arrived at another time. */
	arrived(id: string, at: Date): void {
		utimesSync(this.path(`offsite/restic/snapshots/${id}`), at, at);
	}

	/** Adds a copy of a folder, as if the host had brought it then. @returns the snapshot */
	add(folder: string, at: Date, part: string): string {
		const tags = `${timestamp(at)},${part}`;
		const report = this.there("backup", "--json", "--tag", tags, this.path(folder));
		const short = (JSON.parse(report.trim().split("\n").at(-1) ?? "") as { snapshot_id: string }).snapshot_id;
		const id =
			readdirSync(this.path("offsite/restic/snapshots")).find((name) => name.startsWith(short)) ?? short;
		this.arrived(id, at);
		return id;
	}

	/** Brings a part back to a new folder. */
	async fetch(part: string, time: string, folder: string): Promise<ProcessResult> {
		return this.run("offsite-backup.sh", ["fetch", part, time, this.path(folder)]);
	}
}
