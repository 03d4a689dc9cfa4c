import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, rmSync, statfsSync, statSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { startTimeOf } from "../../clients/host/process-start.ts";
import { UsageError } from "../../terminal/usage-error.ts";

/** File systems in memory (statfs(2)): tmpfs, ramfs. */
const inMemory = [0x01021994, 0x858458f6];

/**
 * A folder of this user in memory, for what Terraform writes in the clear: the plan, which has the whole state in it, and
 * `errored.tfstate`. It is gone with a restart of the machine.
 *
 * @param of what it is for, such as the path of a stack's state: the same folder for the same
 * @throws UsageError where the machine has no such file system
 */
export function memoryFolder(of: string): string {
	const { XDG_RUNTIME_DIR, INFRA_MEMORY } = process.env;
	const root = INFRA_MEMORY || [XDG_RUNTIME_DIR, "/dev/shm"].find(isInMemory);
	if (root === undefined)
		throw new UsageError(
			"states of this site are kept encrypted, and there is no folder in memory for what Terraform writes in the clear",
			"make one (a tmpfs, or a RAM disk), and name it in INFRA_MEMORY",
		);
	const { uid, username } = userInfo();
	const own = join(root, `infra-${uid < 0 ? username : uid}`);
	const name = createHash("sha256").update(of).digest("hex").slice(0, 16);
	const folder = join(own, name);
	mkdirSync(folder, { recursive: true, mode: 0o700 });
	const { uid: owner, mode } = statSync(own);
	if (uid >= 0 && (owner !== uid || (mode & 0o077) !== 0))
		throw new UsageError(
			`${own} belongs to somebody else, or others may read it`,
			"remove it, or name another folder in memory in INFRA_MEMORY",
		);
	return folder;
}

/** Name of a file of this process there, which is removed once the process has ended. */
export const ownName = (name: string) => `${process.pid}-${name}`;

/** Removes what processes have left there that were killed: saved plans, and what Terraform has said. */
export function sweepMemory(folder: string): void {
	for (const name of readdirSync(folder)) {
		const [, pid] = /^(\d+)-/.exec(name) ?? [];
		if (pid !== undefined && startTimeOf(Number(pid)) === undefined)
			rmSync(join(folder, name), { force: true });
	}
}

function isInMemory(folder: string | undefined): folder is string {
	if (!folder) return false;
	try {
		return inMemory.includes(statfsSync(folder).type) && statSync(folder).isDirectory();
	} catch {
		return false;
	}
}
