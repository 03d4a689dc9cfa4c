import { execFileSync, spawn } from "node:child_process";
import { chmodSync, chownSync, copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { projectRoot } from "../../../config/project-root.ts";
import { backupFiles } from "../../../constructs/storage/backup/host-files.ts";
import { programDirectory, retention } from "../../../constructs/storage/backup/render-units.ts";
import { freePort } from "../../../lab/free-port.ts";
import { startSshd } from "../harness/sshd.ts";
import { ended, type ProcessResult } from "./backup-host.ts";
import { OffsiteLab } from "./offsite-lab.ts";
import { site } from "./storage-host.ts";

const { user } = site.backup.offsite;

/** The account there, which nobody else has. */
const account = 61_021;

/**
 * The same with a real sshd in front of the other place. In a mount namespace of its own it finds the files that
 * `infra backup files --for offsite` makes at their paths, the account, and the line of authorized_keys of the runbook.
 */
export class SshdLab extends OffsiteLab {
	protected override readonly account = account;
	#port = 0;

	/** Starts it, and lets the storage host reach it by the real ssh. */
	async withSshd(): Promise<this> {
		this.#port = await freePort();
		this.keys();
		this.files();
		const at = (name: string) => this.path(`far/${name}`);
		const daemon = await startSshd(at("sshd_config"), {
			logFile: this.path("sshd.log"),
			mounts: [dirname(programDirectory), "/etc/default", "/etc/passwd"].map(
				(path) => `mount --bind ${at(`root${path}`)} ${path}`,
			),
		});
		onTestFinished(() => daemon.stop());
		this.program("ssh", `#!/bin/sh\nexec ${this.ssh("host").join(" ")} "$@"\n`);
		return this;
	}

	/** The command that logs in with a key. */
	ssh(key: "host" | "operator"): string[] {
		return [
			...["/usr/bin/ssh", "-F", "none", "-p", String(this.#port), "-i", this.path(`${key}-key`)],
			...["-o", "HostName=127.0.0.1", "-o", `UserKnownHostsFile=${this.path("known_hosts")}`],
			...["-o", "IdentitiesOnly=yes", "-o", "HostKeyAlias=offsite"],
		];
	}

	/** A program of the other place, as the user that its unit says. */
	override async runThere(script: string): Promise<ProcessResult> {
		const unit = backupFiles(site, "offsite")[`/etc/systemd/system/${retention.unit}.service`]?.text ?? "";
		const owner = unit.includes(`\nUser=${user}\n`) ? { uid: account, gid: account } : {};
		const program = this.path(`far/root${programDirectory}/${script}`);
		return ended(
			spawn(program, [], { env: this.environment(true), stdio: ["ignore", "ignore", "pipe"], ...owner }),
		);
	}

	/** What sshd has said. */
	get log(): string {
		return readFileSync(this.path("sshd.log"), "utf8");
	}

	private keys(): void {
		for (const name of ["host-key", "operator-key", "far-host-key"])
			execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", this.path(name)]);
		const [type, key] = this.read("far-host-key.pub").split(" ");
		this.write("known_hosts", `offsite ${type} ${key}\n`);
	}

	private files(): void {
		for (const [path, { text, mode }] of Object.entries(backupFiles(site, "offsite"))) {
			this.write(`far/root${path}`, text);
			chmodSync(this.path(`far/root${path}`), mode);
		}
		// As far-settings, whose paths are those of this test.
		copyFileSync(this.path("far-settings"), this.path("far/root/etc/default/infra-backup"));
		const home = this.path("far/home");
		const authorized = [
			documentedLine().replace("ssh-ed25519 ...", this.read("host-key.pub").trim()),
			this.read("operator-key.pub").trim(),
		];
		this.write("far/home/.ssh/authorized_keys", `${authorized.join("\n")}\n`);
		this.write("far/home/secret", "of the account");
		const others = readFileSync("/etc/passwd", "utf8").replace(new RegExp(`^${user}:.*\n`, "m"), "");
		this.write("far/root/etc/passwd", `${others}${user}:x:${account}:${account}::${home}:/bin/sh\n`);
		this.write(
			"far/sshd_config",
			[
				`ListenAddress 127.0.0.1:${this.#port}`,
				`HostKey ${this.path("far-host-key")}`,
				"UsePAM no",
				"PasswordAuthentication no",
				"KbdInteractiveAuthentication no",
				"PidFile none",
				"Subsystem sftp internal-sftp",
				// As generous as a distribution may be: what the key may do is said by its own line.
				"AllowTcpForwarding yes",
				"GatewayPorts yes",
				"AllowStreamLocalForwarding yes",
				"PermitTunnel yes",
				"X11Forwarding yes",
				"PermitUserRC yes",
				"AcceptEnv LANG LC_*",
			].join("\n"),
		);
		mkdirSync(this.path("offsite"));
		chmodSync(this.folder, 0o711);
		chmodSync(this.path("far"), 0o755);
		for (const path of [
			"far/home",
			"far/home/.ssh",
			"far/home/.ssh/authorized_keys",
			"offsite",
			"far/home/secret",
			"far-state",
		])
			chownSync(this.path(path), account, account);
		chmodSync(this.path("far/home/.ssh/authorized_keys"), 0o600);
		chmodSync(this.path("far-settings"), 0o644);
	}
}

/** The line of authorized_keys that the runbook tells to write. */
function documentedLine(): string {
	const runbook = readFileSync(join(projectRoot, "docs/runbooks/restore-volume.md"), "utf8");
	const [line] = /restrict,command=.* ssh-ed25519 \.\.\./.exec(runbook) ?? [];
	if (line === undefined) throw new Error("the runbook has no line for authorized_keys");
	return line;
}
