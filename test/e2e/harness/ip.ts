import { execFileSync } from "node:child_process";

/** Runs `ip`. @throws with its own message */
export function ip(...args: string[]): string {
	return execFileSync("ip", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}
