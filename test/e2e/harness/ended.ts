import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";

/** Waits for a program that ends by itself. @returns its code, and what it wrote on each stream */
export async function ended(
	child: ChildProcess & { readonly stdout: Readable; readonly stderr: Readable },
): Promise<{ code: number; output: string; errors: string }> {
	const [output, errors, [code]] = await Promise.all([
		text(child.stdout),
		text(child.stderr),
		once(child, "exit"),
	]);
	return { code, output, errors };
}
