import { execFileSync } from "node:child_process";
import {
	closeSync,
	existsSync,
	mkdirSync,
	openSync,
	readdirSync,
	rmSync,
	statfsSync,
	writeSync,
} from "node:fs";
import { join } from "node:path";
import type { LabNode } from "../lab-node.ts";

/** Size of the disk of a node. */
const diskSize = "48m";

const clockOf = ({ host }: LabNode) => join(host.folder, "clock");
const ballastOf = ({ volume }: LabNode) => join(volume, "ballast");

/** Gives a node a disk and a clock of its own. @returns variables of its programs */
export function prepareMachine(node: LabNode): Readonly<Record<string, string>> {
	const library = join(node.host.folder, "clock.so");
	if (!existsSync(library)) {
		mkdirSync(node.volume);
		execFileSync("/bin/mount", ["-t", "tmpfs", "-o", `size=${diskSize}`, "infra-test", node.volume]);
		stepClock(node, 0);
		const source = join(import.meta.dirname, "clock.c");
		execFileSync("cc", ["-shared", "-fPIC", "-nostdlib", "-O1", "-o", library, source]);
	}
	return { LD_PRELOAD: library, CLOCK_FILE: clockOf(node) };
}

/** @param seconds by which the node's clock is wrong from now on */
export function stepClock(node: LabNode, seconds: number): void {
	const bytes = Buffer.alloc(8);
	bytes.writeBigInt64LE(BigInt(seconds));
	// Programs have mapped the file: it never gets shorter.
	const file = openSync(clockOf(node), existsSync(clockOf(node)) ? "r+" : "w");
	writeSync(file, bytes, 0, bytes.length, 0);
	closeSync(file);
}

/** Leaves no byte of the node's disk. */
export function fillDisk(node: LabNode): void {
	const { bavail, bsize } = statfsSync(node.volume);
	// What the node writes meanwhile may take the last of it first.
	const fill = 'head -c "$0" /dev/zero >"$1" 2>/dev/null || :';
	execFileSync("sh", ["-c", fill, String(bavail * bsize), ballastOf(node)]);
}

export function emptyDisk(node: LabNode): void {
	rmSync(ballastOf(node), { force: true });
}

/** The disk is replaced by an empty one. */
export function loseVolume(node: LabNode): void {
	for (const name of readdirSync(node.volume)) rmSync(join(node.volume, name), { recursive: true });
}
