import {
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	readlinkSync,
	realpathSync,
	renameSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startTimeOf } from "../clients/host/process-start.ts";
import { handleInterrupts, interruption } from "../terminal/interruption.ts";

/** The process that holds a claim. */
export interface Holder {
	readonly pid: number;
	readonly startTime: string | undefined;
	readonly host: string;
	readonly user: string;
	/** ISO 8601. */
	readonly since: string;
	readonly command: string;
	/** Inode of the private folder: it differs in a copied checkout, whose claim belongs to the original. */
	readonly inode: number;
	/** File of the claim. */
	readonly file: string;
}

/** A claim of this process. */
export interface Claim {
	/** Private folder, deleted with the claim. */
	readonly folder: string;
	readonly release: () => void;
}

/**
 * Claims a name for this process unless another claim on it exists. Each process creates a claim file of its own
 * atomically and then looks for others, so that no process removes the claim of a running one; claims of processes that
 * have ended are removed. Of two that claim at the same moment both may fail: try again after a random time.
 *
 * @param folder with the claims of everybody; made if it is missing
 * @returns the claim, or who holds the name
 */
export function tryToClaim(folder: string, name: string): Claim | Holder {
	mkdirSync(folder, { recursive: true });
	const own = claim(folder, name);
	const [other] = otherHolders(folder, name, own.folder);
	if (other === undefined) return own;
	own.release();
	return other;
}

/** Longest time in milliseconds between two attempts to get a claim. */
const longestPause = 200;

/**
 * Claims a name as soon as nobody else holds it.
 *
 * @param onWait called with the holder at the first attempt that fails
 * @throws Interrupted
 */
export async function claimOrWait(
	folder: string,
	name: string,
	onWait: (holder: Holder) => void = () => {},
): Promise<Claim> {
	handleInterrupts();
	for (let waited = false; ; waited = true) {
		interruption.throwIfAborted();
		const result = tryToClaim(folder, name);
		if ("release" in result) return result;
		if (!waited) onWait(result);
		await sleep(Math.random() * longestPause);
	}
}

/** Removes what processes that have ended left behind, whatever they have claimed. */
export function sweepClaims(folder: string): void {
	for (const file of existsSync(folder) ? readdirSync(folder) : [])
		if (file.endsWith(".json")) otherHolders(folder, file.slice(0, file.indexOf(".")), "");
}

function claim(claims: string, name: string): Claim {
	const folder = mkdtempSync(join(claims, `${name}.`));
	const file = `${folder}.json`;
	const release = () => {
		process.off("exit", release);
		rmSync(folder, { recursive: true, force: true });
		for (const path of [file, `${file}.part`]) rmSync(path, { force: true });
	};
	// Also on exit, such as after a broken pipe.
	process.on("exit", release);
	const holder: Omit<Holder, "file"> = {
		pid: process.pid,
		startTime: startTimeOf(process.pid),
		host: hostname(),
		user: userInfo().username,
		since: new Date().toISOString(),
		command: ["infra", ...process.argv.slice(2)].join(" "),
		inode: statSync(folder).ino,
	};
	writeFileSync(`${file}.part`, JSON.stringify(holder));
	renameSync(`${file}.part`, file);
	return { folder, release };
}

/** Claims of running processes. Claims of others are removed. */
function otherHolders(claims: string, claimed: string, own: string): Holder[] {
	const others = readdirSync(claims)
		.filter((name) => name.startsWith(`${claimed}.`) && name.endsWith(".json"))
		.map((name) => join(claims, name))
		.filter((file) => file !== `${own}.json`);
	return others.flatMap((file) => {
		const folder = file.replace(/\.json$/, "");
		const holder = readHolder(file);
		if (holder === undefined) return [];
		if (isAtWork(holder, folder)) return [{ ...holder, file }];
		rmSync(folder, { recursive: true, force: true });
		rmSync(file, { force: true });
		return [];
	});
}

/** Undefined when the claim was released meanwhile. */
function readHolder(file: string): Omit<Holder, "file"> | undefined {
	try {
		return JSON.parse(readFileSync(file, "utf8"));
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
		throw error;
	}
}

function isAtWork({ pid, startTime, host, inode }: Omit<Holder, "file">, folder: string): boolean {
	if (statSync(folder, { throwIfNoEntry: false })?.ino !== inode) return false;
	// A process of another machine or container cannot be checked and counts as running.
	if (host !== hostname() || (startTime !== undefined && startTimeOf(pid) === startTime)) return true;
	return worksIn(folder);
}

/**
 * Whether a process has its current folder there: a Terraform whose command was killed goes on, and loses the state that it
 * cannot write once its folder is gone. Where there is no `/proc`, none is known.
 */
function worksIn(folder: string): boolean {
	if (!existsSync("/proc/self/cwd")) return false;
	const real = realpathSync(folder);
	return readdirSync("/proc").some((name) => {
		try {
			return /^\d+$/.test(name) && readlinkSync(`/proc/${name}/cwd`) === real;
		} catch {
			return false;
		}
	});
}
