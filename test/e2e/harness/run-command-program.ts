/**
 * `key <file> <home> <words>` runs a command as `infra as` does, with the key of a file; the PATH is that of this process.
 * `host <port> <host key> <words>` runs one on this machine as its root, as `infra exports` does on the site's server.
 */
import { readFileSync } from "node:fs";
import { runCommand } from "../../../cli/as/run-command.ts";
import { SshTarget } from "../../../clients/host/ssh-target.ts";
import { exitCodeOf, printFailure } from "../../../terminal/failure.ts";

const [, , mode, one = "", other = "", ...words] = process.argv;

async function withKey(): Promise<number> {
	const sshKey = { text: readFileSync(one, "utf8"), place: "secret/infra-robot/planner, SSH_PRIVATE_KEY" };
	const { PATH = "" } = process.env;
	return runCommand({ variables: { PATH, HOME: other }, sshKey }, words);
}

async function onHost(): Promise<number> {
	using target = new SshTarget({
		name: "here",
		address: "127.0.0.1",
		setting: "storage.nfs.ssh",
		login: { user: "root", port: Number(one), hostKey: other },
	});
	const { code, stdout } = await target.run(words);
	process.stdout.write(stdout);
	return code;
}

try {
	process.exitCode = await (mode === "key" ? withKey() : onHost());
} catch (error) {
	printFailure(error);
	process.exitCode = exitCodeOf(error);
}
