import { type ChildProcess, spawn } from "node:child_process";
import {
	appendFileSync,
	cpSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { loadSite } from "../../../config/load-site.ts";
import type { Backup } from "../../../config/schema/backup.ts";
import { renderOffsiteSettings, renderSettings } from "../../../constructs/storage/backup/render-settings.ts";

export const site = await loadSite("lab");
const scripts = join(import.meta.dirname, "../../../constructs/storage/backup/scripts");
const standIn = join(import.meta.dirname, "stand-in.sh");

export interface ProcessResult {
	readonly code: number | null;
	readonly stderr: string;
}

/**
 * A storage host in a temporary folder: the real programs with rendered settings, on real directories, with real
 * rsync, SQLite, flock and inotify. LVM, mounts, ssh, curl and kubectl are stand-ins (stand-in.sh): there is no
 * device-mapper here, and no second machine.
 */
export class StorageHost {
	readonly folder = mkdtempSync(join(tmpdir(), "infra-backup-"));
	/** Time zone of the host. */
	zone = "UTC";

	/** @param backup differences from the lab site; @param trees exported directories */
	constructor(
		backup: Partial<Backup> = {},
		trees: readonly string[] = [this.path("nfs"), this.path("fast")],
	) {
		const [entry] = site.storage.exports;
		if (entry === undefined) throw new Error("the lab exports nothing");
		const world = {
			...site,
			storage: { ...site.storage, exports: trees.map((path) => ({ ...entry, path })) },
			backup: {
				...site.backup,
				disk: this.path("disk"),
				hostPaths: [this.path("etc")],
				offsite: { ...site.backup.offsite, directory: this.path("offsite") },
				...backup,
			},
		};
		for (const folder of [
			"bin",
			"state",
			"lvm",
			"live",
			"pushed",
			"disk/points",
			"nfs",
			"fast",
			"etc",
			"far-state",
		])
			mkdirSync(this.path(folder), { recursive: true });
		this.write("settings", `${renderSettings(world)}STATE='${this.path("state")}'\n`);
		this.write("far-settings", `${renderOffsiteSettings(world)}STATE='${this.path("far-state")}'\n`);
		this.write("key", "of this host");
		this.write("far-key", "of the other place");
		symlinkSync(scripts, this.path("programs"));
		this.write("disk/.mounted", "");
		this.write("pool", "  40.00 12.50\n");
		this.write("kubectl", 'cat "$LAB/claims"\n');
		this.write("claims", "");
		this.standIn("lvs", "lvcreate", "lvremove", "lvrename", "lvchange", "cryptsetup", "mount", "umount");
		this.standIn("mountpoint", "stat", "ssh", "curl", "kubectl");
	}

	path(name: string): string {
		return join(this.folder, name);
	}

	[Symbol.dispose](): void {
		rmSync(this.folder, { recursive: true, force: true });
	}

	read(name: string): string {
		return readFileSync(this.path(name), "utf8");
	}

	/** Writes a file and its directories. */
	write(name: string, text: string | Buffer): void {
		mkdirSync(dirname(this.path(name)), { recursive: true });
		writeFileSync(this.path(name), text);
	}

	list(folder: string): string[] {
		return readdirSync(this.path(folder)).sort();
	}

	/** Puts the stand-in in front of a command. */
	standIn(...commands: string[]): void {
		for (const command of commands) symlinkSync(standIn, this.path(`bin/${command}`));
	}

	/** Puts a program of the test's own in front of a command. */
	program(command: string, text: string): void {
		rmSync(this.path(`bin/${command}`), { force: true });
		writeFileSync(this.path(`bin/${command}`), text, { mode: 0o755 });
	}

	/** A volume with a claim, or one that was released and has kept its name. */
	volume(id: string, claim: string, phase = "Bound"): void {
		mkdirSync(this.path(`lvm/vm-9999-pvc-${id}`));
		const fields = [`pve/pve/local-lvm/vm-9999-pvc-${id}`, ...claim.split("/"), phase];
		appendFileSync(this.path("claims"), `${fields.join("\t")}\n`);
	}

	/** A snapshot of the volume as it is, as if it had been taken at a time. */
	snapshot(id: string, at = new Date()): void {
		const volume = this.path(`lvm/vm-9999-pvc-${id}`);
		cpSync(volume, `${volume}_snap_${timestamp(at)}`, { recursive: true, preserveTimestamps: true });
	}

	/** Environment of a program of the storage host, or of the other place. */
	environment(far = false): Record<string, string> {
		return {
			PATH: [this.path("bin"), process.env.PATH].join(delimiter),
			LAB: this.folder,
			INFRA_BACKUP_SETTINGS: this.path(far ? "far-settings" : "settings"),
			RESTIC_PASSWORD_FILE: this.path(far ? "far-key" : "key"),
			HOME: this.folder,
			TZ: this.zone,
		};
	}

	start(script: string, args: readonly string[] = [], input = "", far = false): ChildProcess {
		const child = spawn(join(scripts, script), args, {
			detached: true,
			stdio: ["pipe", "pipe", "pipe"],
			env: this.environment(far),
		});
		child.stdin?.end(input);
		child.stdout?.resume();
		return child;
	}

	async run(script: string, args: readonly string[] = [], input = ""): Promise<ProcessResult> {
		return ended(this.start(script, args, input));
	}

	/** The same with what it prints. */
	async answer(
		script: string,
		args: readonly string[],
		input = "",
	): Promise<ProcessResult & { stdout: string }> {
		const child = this.start(script, args, input);
		let stdout = "";
		child.stdout?.setEncoding("utf8").on("data", (text: string) => {
			stdout += text;
		});
		return { ...(await ended(child)), stdout };
	}

	/** The same at the other place, with its key. */
	async runThere(script: string): Promise<ProcessResult> {
		return ended(this.start(script, [], "", true));
	}

	/** What a job has pushed last, by name. */
	metrics(job: string): Record<string, number> {
		if (!existsSync(this.path(`pushed/${job}`))) return {};
		return Object.fromEntries(
			this.read(`pushed/${job}`)
				.trim()
				.split("\n")
				.map((line) => line.split(" "))
				.map(([name = "", value]) => [name, Number(value)]),
		);
	}

	/** Calls of stand-ins that begin with a text. */
	calls(start: string): string[] {
		return this.read("calls")
			.split("\n")
			.filter((line) => line.startsWith(start));
	}
}

/** How a child process ends. */
export function ended(child: ChildProcess): Promise<ProcessResult> {
	let stderr = "";
	child.stderr?.setEncoding("utf8").on("data", (text: string) => {
		stderr += text;
	});
	return new Promise((resolve, reject) => {
		child.on("error", reject).on("close", (code) => resolve({ code, stderr }));
	});
}

/** `2026-01-31T030000` in UTC, as the programs write it. */
export function timestamp(date: Date): string {
	return date.toISOString().slice(0, 19).replaceAll(/:/g, "");
}

/** Now, of all tests of a file: what lies whole days apart is not on one day when midnight passes in between. */
const start = Date.now();

export const hoursAgo = (hours: number) => new Date(start - hours * 3_600_000);
