/**
 * Time of the nightly copy and of a restore, as ratios against the fastest plain copy of the same files in the same run:
 * cp, rsync and tar. Two volumes: a database file of 10 GB with holes in it, and 100,000 small files. The programs and
 * the files are real; LVM is a stand-in, whose time for snapshots is not counted.
 *
 * `node test/bench/backups.ts`; `BENCH_RUNS` sets the number of runs (default 2), the fastest counts. Ends with exit code
 * 1 when a goal is missed, and with a line and 0 without root. Takes minutes and some GB below the temporary folder.
 */
import { execFileSync } from "node:child_process";
import { closeSync, ftruncateSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { StorageHost, timestamp } from "../e2e/storage/storage-host.ts";

if (process.getuid?.() !== 0) {
	process.stdout.write("skipped: files of other users: root can run it\n");
	process.exit(0);
}

const runs = Number(process.env.BENCH_RUNS ?? 2);
const GB = 1e9;
const MB = 1e6;
const claim = "bench/data";
const volume = "lvm/vm-9999-pvc-a";

/** 10 GB of which 256 MB are written, in pieces of 1 MB all over the file. */
function sparseFile(folder: string): void {
	const file = openSync(join(folder, "database"), "w");
	ftruncateSync(file, 10 * GB);
	for (let piece = 0; piece < 256; piece++)
		writeSync(file, Buffer.alloc(MB, piece + 1), 0, MB, piece * 39 * MB);
	closeSync(file);
}

/** 100,000 files of up to 4 kB in 1,000 folders. */
function manyFiles(folder: string): void {
	for (let index = 0; index < 1000; index++) {
		const place = join(folder, String(index));
		mkdirSync(place);
		for (let file = 0; file < 100; file++)
			writeFileSync(join(place, String(file)), Buffer.alloc(40 * file, index));
	}
}

const seconds = async (work: () => unknown): Promise<number> => {
	const start = performance.now();
	await work();
	return (performance.now() - start) / 1000;
};

async function succeeds(
	host: StorageHost,
	program: string,
	args: readonly string[],
	input = "",
): Promise<void> {
	const { code, stderr } = await host.run(program, args, input);
	if (code !== 0) throw new Error(`${program} ended with ${code}: ${stderr}`);
}

/** Plain ways to copy the folder $0 to the new folder $1. */
const plain = {
	cp: 'cp -a --sparse=always "$0/." "$1"',
	rsync: 'rsync -aHAX --sparse "$0/" "$1"',
	tar: 'tar -C "$0" -cSf - . | tar -C "$1" -xf -',
} as const;
type Times = Record<keyof typeof plain | "copy" | "again" | "restore", number>;

async function measure(host: StorageHost): Promise<Times> {
	const source = host.path(volume);
	const times = { copy: 0, again: 0, restore: 0, cp: 0, rsync: 0, tar: 0 };
	for (const [name, command] of Object.entries(plain) as [keyof typeof plain, string][]) {
		const target = host.path(`plain-${name}`);
		mkdirSync(target);
		times[name] = await seconds(() => execFileSync("sh", ["-c", command, source, target]));
		if (name !== "cp") rmSync(target, { recursive: true });
	}
	times.copy = await seconds(() => succeeds(host, "copy.sh", []));
	const newest = () => host.list("disk/points").at(-1) ?? "";
	// The next point has a name of its own.
	execFileSync("sleep", ["1"]);
	times.again = await seconds(() => succeeds(host, "copy.sh", []));
	execFileSync("find", [source, "-mindepth", "1", "-delete"]);
	times.restore = await seconds(() => succeeds(host, "restore.sh", [claim, newest()], "yes\n"));
	// Briefly: else it reads what looks like text as a whole, all 10 GB.
	execFileSync("diff", ["-rq", host.path("plain-cp"), source]);
	return times;
}

/** A host with the volume and a snapshot of it. */
function hostWith(fill: (folder: string) => void): StorageHost {
	const host = new StorageHost();
	host.volume("a", claim);
	host.write("kubectl", 'case $* in *persistentvolumes*) cat "$LAB/claims" ;; *"get pods"*) ;; esac\n');
	fill(host.path(volume));
	const snapshot = `${host.path(volume)}_snap_${timestamp(new Date())}`;
	execFileSync("cp", ["-a", "--sparse=always", host.path(volume), snapshot]);
	return host;
}

/** Of several runs, each time by itself. */
async function best(fill: (folder: string) => void): Promise<Times> {
	const all: Times[] = [];
	for (let run = 0; run < runs; run++) {
		using host = hostWith(fill);
		all.push(await measure(host));
	}
	const names = Object.keys(all[0] ?? {}) as (keyof Times)[];
	return Object.fromEntries(
		names.map((name) => [name, Math.min(...all.map((times) => times[name]))]),
	) as Times;
}

let missed = false;
for (const [what, fill] of [
	["10 GB with holes", sparseFile],
	["100,000 files", manyFiles],
] as const) {
	const times = await best(fill);
	const floor = Math.min(times.cp, times.rsync, times.tar);
	const told = (Object.keys(plain) as (keyof typeof plain)[]).map(
		(name) => `${name} ${times[name].toFixed(1)} s`,
	);
	process.stdout.write(`${what}: plain ${told.join(", ")}\n`);
	for (const [part, goal] of [
		["copy", 3],
		["again", 3],
		["restore", 3],
	] as const) {
		const ratio = times[part] / floor;
		missed ||= ratio > goal;
		process.stdout.write(
			`  ${part.padEnd(8)} ${times[part].toFixed(1)} s: ${ratio.toFixed(2)} of the fastest, goal at most ${goal}\n`,
		);
	}
}
if (missed) process.exitCode = 1;
