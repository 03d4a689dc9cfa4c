import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { onTestFinished } from "vitest";
import type { ProcessResult } from "../../../clients/host/run.ts";
import { type Target, thisMachine } from "../../../clients/host/target.ts";
import { projectRoot } from "../../../config/project-root.ts";
import { Daemon } from "../harness/daemon.ts";
import { waitFor } from "../harness/wait-for.ts";

/** Files of its own in the places that exportfs reads and writes; the rest is the machine's. */
const setUp = `set -eu
mount -t tmpfs tmpfs /mnt
mkdir /mnt/etc
cp -ax /etc/. /mnt/etc
mount --bind /mnt/etc /etc
rm -rf /etc/exports /etc/exports.d /etc/exports.previous
for folder in /srv /var/lib/nfs /run/lock; do mount -t tmpfs tmpfs "$folder"; done
mkdir /srv/nfs /srv/media /srv/nfs-ssd /etc/exports.d
: >/var/lib/nfs/etab
: >/var/lib/nfs/rmtab
echo "ready $$"
exec sleep 600`;

/** Stands in for exportfs: says that it has been started, and works once /srv/release is there, or after two minutes. */
export const untilReleased =
	'touch /srv/started; waits=0; until [ -e /srv/release ] || [ $((waits += 1)) -gt 1200 ]; do sleep 0.1; done; exec /usr/sbin/exportfs "$@"';

/** An NFS server without a kernel server: a mount namespace with tables and directories of its own. */
export class ExportsLab {
	readonly target: Target;
	/** For stand-ins and site files; inside and outside of the namespace. */
	readonly folder: string;
	readonly #inside: readonly string[];

	private constructor(folder: string, pid: string) {
		this.folder = folder;
		const path = [join(folder, "bin"), process.env.PATH].join(delimiter);
		this.#inside = ["nsenter", `--mount=/proc/${pid}/ns/mnt`, "--", "env", `PATH=${path}`];
		this.target = { name: "the lab", run: (command, input) => thisMachine.run(this.inside(command), input) };
	}

	/** Ends with the test. */
	static async start(): Promise<ExportsLab> {
		const folder = mkdtempSync(join(tmpdir(), "infra-exports-"));
		const logFile = join(folder, "namespace.log");
		const holder = new Daemon("unshare", ["--mount", "sh", "-c", setUp], { logFile });
		onTestFinished(async () => {
			await holder.kill();
			rmSync(folder, { recursive: true });
		});
		const pid = await waitFor("a mount namespace", () => /ready (\d+)/.exec(holder.log)?.[1], {
			within: 60_000,
		});
		return new ExportsLab(folder, pid);
	}

	/** A command line that runs inside. */
	inside(command: readonly string[]): string[] {
		return [...this.#inside, ...command];
	}

	/** Runs a shell script inside, which must succeed. */
	async shell(script: string, input?: string): Promise<string> {
		const { code, stdout, stderr } = await this.target.run(["sh", "-ec", script], input);
		if (code !== 0) throw new Error(`${script}: ${code}\n${stdout}${stderr}`);
		return stdout;
	}

	/** What the reference does with a new file: copies it, then reloads. */
	async copyThenReload(text: string): Promise<ProcessResult> {
		await this.shell("cat >/etc/exports", text);
		return this.target.run(["exportfs", "-ra"]);
	}

	/** Everything that is exported, as exportfs prints it without the options that are defaults of its own. */
	async table(): Promise<string[]> {
		const listing = await this.shell("exportfs -s");
		return listing
			.split("\n")
			.filter((line) => line !== "")
			.map((line) => line.replace(/,?\b(wdelay|hide|sec=sys)\b/g, ""));
	}

	file(): Promise<string> {
		return this.shell("cat /etc/exports");
	}

	/** Puts a script in the place of a program of the server, or in another folder of this lab. */
	standIn(program: string, script: string, folder = "bin"): void {
		mkdirSync(join(this.folder, folder), { recursive: true });
		writeFileSync(join(this.folder, folder, program), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
	}

	/** Command line of `infra` inside. */
	infra(...args: string[]): string[] {
		return this.inside([process.execPath, join(projectRoot, "cli/infra.ts"), ...args]);
	}
}
