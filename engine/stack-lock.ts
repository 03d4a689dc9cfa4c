import {
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startTimeOf } from "../clients/host/process-start.ts";
import { handleInterrupts } from "../terminal/interruption.ts";
import { UsageError } from "../terminal/usage-error.ts";

/** Holder of the lock. */
interface Holder {
	readonly pid: number;
	readonly startTime: string | undefined;
	readonly host: string;
	readonly user: string;
	/** ISO 8601. */
	readonly since: string;
	readonly command: string;
	/** Inode of the private folder: it differs in a copied checkout, whose lock belongs to the original. */
	readonly inode: number;
}

/** Exclusive lock on a stack of a site. */
export interface StackLock {
	/** Private folder for plans, deleted with the lock. */
	readonly folder: string;
	readonly release: () => void;
}

/** Attempts, and milliseconds between them, when two processes start at the same moment. */
const attempts = 5;
const longestPause = 100;

/**
 * Locks a stack of a site. Each process creates a claim file of its own atomically and then looks for others, so that
 * no process removes the claim of a running one; claims of processes that have ended are removed.
 *
 * @param output folder of the site's output
 * @param of names of the stack and of its site
 * @throws UsageError when another process holds it, naming that process
 */
export async function lockStack(
	output: string,
	of: { readonly stack: string; readonly site: string },
): Promise<StackLock> {
	handleInterrupts();
	const claims = join(output, "claims");
	mkdirSync(claims, { recursive: true });
	for (let attempt = 1; ; attempt += 1) {
		const lock = claim(claims, of.stack);
		const [other] = otherHolders(claims, of.stack, lock.folder);
		if (other === undefined) return lock;
		lock.release();
		if (attempt === attempts) throw isHeld(of, other);
		await sleep(Math.random() * longestPause);
	}
}

function claim(claims: string, stack: string): StackLock {
	const folder = mkdtempSync(join(claims, `${stack}.`));
	const file = `${folder}.json`;
	const release = () => {
		process.off("exit", release);
		rmSync(folder, { recursive: true, force: true });
		for (const name of [file, `${file}.part`]) rmSync(name, { force: true });
	};
	// Also on exit, such as after a broken pipe.
	process.on("exit", release);
	const holder: Holder = {
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

interface OtherHolder extends Holder {
	readonly file: string;
}

/** Claims of running processes. Claims of others are removed. */
function otherHolders(claims: string, stack: string, own: string): OtherHolder[] {
	const others = readdirSync(claims)
		.filter((name) => name.startsWith(`${stack}.`) && name.endsWith(".json"))
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

/** Undefined when the lock was released meanwhile. */
function readHolder(file: string): Holder | undefined {
	try {
		return JSON.parse(readFileSync(file, "utf8")) as Holder;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
		throw error;
	}
}

function isAtWork({ pid, startTime, host, inode }: Holder, folder: string): boolean {
	if (statSync(folder, { throwIfNoEntry: false })?.ino !== inode) return false;
	// A process of another machine or container cannot be checked and counts as running.
	return host !== hostname() || (startTime !== undefined && startTimeOf(pid) === startTime);
}

function isHeld(of: { readonly stack: string; readonly site: string }, holder: OtherHolder): UsageError {
	const { pid, host, user, since, command, file } = holder;
	const here = host === hostname();
	return new UsageError(
		`stack ${of.stack} of site ${of.site} is held by process ${pid} of ${user}${here ? "" : ` on ${host}`}, since ${since}: ${command}`,
		here
			? "wait until it has ended, or end it"
			: `wait until it has ended; if it is gone already, remove ${file}`,
	);
}
