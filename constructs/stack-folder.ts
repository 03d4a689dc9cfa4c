import { isAbsolute, join } from "node:path/posix";

/**
 * A path of the repository as Terraform must spell it: it runs in `cdktf.out/stacks/<stack>`. Absolute paths and
 * those below the user's home (`~`) stay as they are; an absolute path would tie the output to one machine.
 */
export function fromStackFolder(path: string): string {
	return isAbsolute(path) || path.startsWith("~") ? path : join("../../..", path);
}
