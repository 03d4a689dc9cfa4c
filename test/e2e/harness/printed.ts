import { execFileSync } from "node:child_process";

/** What a command prints, up to 64 MiB. @param words program and arguments @throws when it fails, with its standard error */
export function printedBy([program = "", ...args]: readonly string[]): string {
	return execFileSync(program, args, {
		encoding: "utf8",
		stdio: ["ignore", "pipe", "pipe"],
		maxBuffer: 64 * 1024 ** 2,
	});
}
