import {
	closeSync,
	fstatSync,
	fsyncSync,
	linkSync,
	openSync,
	readSync,
	renameSync,
	rmSync,
	writeSync,
} from "node:fs";
import { dirname } from "node:path";

/** Changes of files, each of which has reached the disk when it returns. Tests end the process between them. */
export interface Disk {
	/** Writes a whole file, readable by this user only. */
	readonly write: (file: string, text: string) => void;
	/** Adds a line at the end of a file; half a line that an interrupted run has left gets an end first. */
	readonly append: (file: string, line: string) => void;
	/** Replaces a file by another one of the same folder, at once. */
	readonly rename: (from: string, to: string) => void;
	/** Gives a file a second name, unless that is taken. @throws with code EEXIST */
	readonly link: (from: string, to: string) => void;
	/** Removes a file if it exists. */
	readonly remove: (file: string) => void;
}

export const disk: Disk = {
	write(file, text) {
		withFile(file, "w", (descriptor) => writeAll(descriptor, text));
		syncFolder(file);
	},
	append(file, line) {
		withFile(file, "a+", (descriptor) => {
			const last = Buffer.alloc(1);
			const { size } = fstatSync(descriptor);
			const torn = size > 0 && readSync(descriptor, last, 0, 1, size - 1) === 1 && last.toString() !== "\n";
			writeAll(descriptor, `${torn ? "\n" : ""}${line}\n`);
		});
		syncFolder(file);
	},
	rename(from, to) {
		renameSync(from, to);
		syncFolder(to);
	},
	link(from, to) {
		linkSync(from, to);
		syncFolder(to);
	},
	remove(file) {
		rmSync(file, { force: true });
		syncFolder(file);
	},
};

function withFile(file: string, flags: string, change: (descriptor: number) => void): void {
	const descriptor = openSync(file, flags, 0o600);
	try {
		change(descriptor);
		fsyncSync(descriptor);
	} finally {
		closeSync(descriptor);
	}
}

function writeAll(descriptor: number, text: string): void {
	const bytes = Buffer.from(text);
	for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
}

/** A new name is on the disk once its folder is. */
function syncFolder(file: string): void {
	const descriptor = openSync(dirname(file), "r");
	try {
		fsyncSync(descriptor);
	} finally {
		closeSync(descriptor);
	}
}
