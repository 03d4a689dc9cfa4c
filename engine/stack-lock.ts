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

/** Who works on a stack. */
interface Holder {
	readonly pid: number;
	readonly startTime: string | undefined;
	readonly host: string;
	readonly user: string;
	/** ISO 8601. */
	readonly since: string;
	readonly command: string;
	/** Inode of the private folder: in a copied checkout it is another, and the holder works elsewhere. */
	readonly inode: number;
}

/** A stack of a site, held by this process alone. */
export interface StackLock {
	/** For plans: nobody else may look into it, and it ends with the lock. */
	readonly folder: string;
	readonly release: () => void;
}

/** How often, and after how many milliseconds, two that come at the same moment try again. */
const attempts = 5;
const longestPause = 100;

/**
 * Holds a stack of a site. Everybody leaves a claim of their own, a file that is there whole or not at all, and then
 * looks for others: so nobody ever removes the claim of somebody alive, and one whose process has ended keeps nothing.
 *
 * @param output folder of the site's output
 * @param of names of the stack and of its site
 * @throws UsageError when somebody else holds it, with who that is
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
	// A process may also end at once, as when nobody reads its output any more.
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

/** Those who are at work. What those have left who are not is removed. */
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

/** Undefined when it has been released since. */
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
	// Of a process of another machine, or of another container, nothing is known here.
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
