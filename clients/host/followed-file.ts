import { closeSync, openSync, readSync, rmSync } from "node:fs";
import { PassThrough, type Readable } from "node:stream";

/** Milliseconds between two looks at a file. */
const pause = 50;

/**
 * A file that a program writes its output to, and what arrives in it. A program whose pipe is gone, since the reader was
 * killed, ends at its next line (SIGPIPE), in the middle of a change; with a file it goes on.
 */
export class FollowedFile {
	/** For the program. */
	readonly descriptor: number;
	readonly stream: Readable;
	readonly #file: string;
	readonly #output = new PassThrough();
	readonly #timer: NodeJS.Timeout;
	#position = 0;

	/** @param file that is made anew, readable by this user only */
	constructor(file: string) {
		this.#file = file;
		this.descriptor = openSync(file, "w+", 0o600);
		this.stream = this.#output;
		this.#timer = setInterval(() => this.#read(), pause);
	}

	/** Reads the rest, once the program has ended, and removes the file. */
	async end(): Promise<void> {
		clearInterval(this.#timer);
		this.#read();
		closeSync(this.descriptor);
		rmSync(this.#file, { force: true });
		await new Promise<void>((resolve) => {
			this.#output.on("end", resolve).end();
			// Without a reader it would never come to its end.
			this.#output.resume();
		});
	}

	#read(): void {
		const buffer = Buffer.alloc(64 * 1024);
		for (;;) {
			const count = readSync(this.descriptor, buffer, 0, buffer.length, this.#position);
			if (count === 0) return;
			this.#position += count;
			this.#output.write(Buffer.from(buffer.subarray(0, count)));
		}
	}
}
