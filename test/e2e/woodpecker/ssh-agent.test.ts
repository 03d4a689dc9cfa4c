import { execFileSync } from "node:child_process";
import {
	chmodSync,
	existsSync,
	globSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { projectRoot } from "../../../config/project-root.ts";
import { findProgram } from "../../../lab/find-program.ts";
import { Daemon } from "../harness/daemon.ts";
import { needs } from "../harness/needs.ts";
import { Sshd } from "../harness/sshd.ts";
import { waitFor } from "../harness/wait-for.ts";

const ready = needs("root", "ssh", "/usr/sbin/sshd");
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-agent-`));
const at = (name: string) => join(folder, name);
const program = join(projectRoot, "test/e2e/harness/run-command-program.ts");
const within = 60_000;
let sshd: Sshd;
let home = "";

beforeAll(async () => {
	if (!ready) return;
	for (const [name, passphrase] of [
		["key", ""],
		["protected", "of a test"],
		["other", ""],
	] as const)
		execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", passphrase, "-C", "test", "-f", at(name)]);
	mkdirSync(at("sshd"));
	// As the runbook of the CI server has it.
	sshd = await Sshd.start(at("sshd"), `restrict,from="127.0.0.1" ${readFileSync(at("key.pub"), "utf8")}`);
});
afterAll(async () => {
	await sshd?.stop();
	rmSync(folder, { recursive: true });
});
beforeEach(() => {
	home = mkdtempSync(at("home-"));
});
afterEach(async () => {
	await Promise.all(started.splice(0).map((command) => command.kill()));
	const left = agents();
	const found = { agents: left.length, socket: existsSync(socket()) };
	for (const pid of left) process.kill(pid, "SIGKILL");
	expect(found).toEqual({ agents: 0, socket: false });
});

const socket = () => join(home, "ssh-agent");
/** Numbers of the agents of this test's home. */
function agents(): number[] {
	return globSync("/proc/[0-9]*").flatMap((entry) => {
		try {
			const words = readFileSync(join(entry, "cmdline"), "utf8");
			return words.startsWith(`ssh-agent\0-D\0-a\0${socket()}\0`) ? [Number(basename(entry))] : [];
		} catch {
			return [];
		}
	});
}

const started: Daemon[] = [];
/** A command as `infra as` runs it, in a session of its own like that of a terminal. */
function start(
	words: readonly string[],
	{ key = at("key"), path = process.env.PATH }: { key?: string; path?: string | undefined } = {},
): Daemon {
	// What the program itself starts is looked for in another PATH than this test's.
	const line = ["env", `PATH=${path}`, process.execPath, program, "key", key, home, ...words];
	const command = new Daemon("setsid", line, {
		logFile: join(home, "log"),
		env: { PATH: process.env.PATH, NO_COLOR: "1" },
	});
	started.push(command);
	return command;
}
async function run(...args: Parameters<typeof start>) {
	const daemon = start(...args);
	return { code: await daemon.exited, said: daemon.log };
}
const onHost = (...words: string[]) => [
	...[process.execPath, program, "host", String(sshd.port), sshd.hostKey],
	...words,
];
/** The key in a file, written otherwise. */
function stored(text: string): string {
	const file = join(home, "stored");
	writeFileSync(file, text, { mode: 0o600 });
	return file;
}
/** A folder with stand-ins alone. */
function standIns(programs: Readonly<Record<string, string>>): string {
	const bin = join(home, "bin");
	mkdirSync(bin);
	for (const [name, script] of Object.entries(programs)) {
		writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
		chmodSync(join(bin, name), 0o755);
	}
	return bin;
}

describe("a command of a pipeline with a key for hosts", () => {
	test.for<[string, (text: string) => string]>([
		["as ssh-keygen writes it", (text) => text],
		["without its last end of line", (text) => text.trimEnd()],
		["with the ends of lines of Windows", (text) => text.replaceAll("\n", "\r\n")],
		["with blank lines around it", (text) => `\n\n${text}\n\n`],
	])("gets in by the key %s", async ([, write]) => {
		const key = stored(write(readFileSync(at("key"), "utf8")));
		expect(await run(onHost("id", "-un"), { key })).toEqual({ code: 0, said: "root\n" });
	});

	test("gets in by no other key", async () => {
		const { code, said } = await run(onHost("id"), { key: at("other") });
		expect(code).toBe(1);
		expect(said).toMatch(/^error: no connection to root@127\.0\.0\.1: .*Permission denied/);
	});

	test("has the key neither in a variable nor in a file", async () => {
		const { said } = await run(["sh", "-c", "env; ls -A $HOME"]);
		const names = said
			.trim()
			.split("\n")
			.map((line) => line.replace(/=.*/, ""));
		expect(names.sort()).toEqual(["HOME", "PATH", "PWD", "SSH_AUTH_SOCK", "log", "ssh-agent"]);
	});

	test("has an agent for as long as it runs, and ends with its exit code", async () => {
		const command = start(["sh", "-c", 'until [ -e "$HOME/go" ]; do sleep 0.05; done; exit 7']);
		await waitFor("an agent", () => agents().length === 1, { within });
		writeFileSync(join(home, "go"), "");
		expect(await command.exited).toBe(7);
	});

	test("that cannot be started leaves no agent", async () => {
		const { code, said } = await run(["/nonexistent/program"]);
		expect({ code, said }).toEqual({ code: 1, said: "error: spawn /nonexistent/program ENOENT\n" });
	});

	test("that is killed leaves no agent", async () => {
		expect((await run(["sh", "-c", "kill -KILL $$"])).code).toBe(1);
	});

	// As it is interrupted, it still needs the agent.
	const inOrder = [
		"trap \"trap '' INT TERM HUP; ssh-add -l; exit 9\" INT TERM HUP",
		"echo begun",
		"while :; do sleep 0.05; done",
	].join("\n");

	test.for([
		["Ctrl-C, which reaches everything in the terminal", "SIGINT", true],
		["a request to end, which reaches this process alone", "SIGTERM", false],
		["a terminal that is closed", "SIGHUP", true],
	] as const)("ends in order by %s, before its agent does", async ([, signal, group]) => {
		const command = start(["sh", "-c", inOrder]);
		await waitFor("the command has begun", () => command.log.includes("begun"), { within });
		if (group) process.kill(-command.pid, signal);
		else command.signal(signal);
		expect(await command.exited).toBe(9);
		expect(command.log).toMatch(/^256 SHA256:\S+ test \(ED25519\)$/m);
	});

	test.for(["SIGINT", "SIGTERM"] as const)(
		"is not started after a %s while its key is taken",
		async (signal) => {
			const adding = join(home, "adding");
			const path = standIns({
				"ssh-add": `: >${adding}; n=0; while [ $((n += 1)) -lt 1200 ]; do /bin/sleep 0.05; done`,
				"ssh-agent": `PATH=${dirname(findProgram("ssh-agent") ?? "")} exec ssh-agent "$@"`,
			});
			const command = start(["sh", "-c", "echo begun"], { path });
			await waitFor("the key is being added", () => existsSync(adding), { within });
			expect(agents()).toHaveLength(1);
			command.signal(signal);
			expect(await command.exited).toBe(130);
			expect(command.log).toBe("error: interrupted\n");
		},
	);
});

describe("what is no key that can be used as it is", () => {
	const place = "secret/infra-robot/planner, SSH_PRIVATE_KEY";
	const refusal = `error: ${place}: expected a private key of OpenSSH without a passphrase, ssh-add says: `;

	test.for<[string, () => string, RegExp]>([
		["a key with a passphrase", () => readFileSync(at("protected"), "utf8"), /passphrase/],
		["a public key", () => readFileSync(at("key.pub"), "utf8"), /Error loading key/],
		["half a key", () => readFileSync(at("key"), "utf8").slice(0, 200), /Error loading key/],
		["nothing", () => "", /Error loading key/],
	])("is refused: %s", async ([, text, words]) => {
		const key = text();
		const { code, said } = await run(["echo", "begun"], { key: stored(key) });
		expect({ code, said: said.slice(0, refusal.length) }).toEqual({ code: 1, said: refusal });
		expect(said.slice(refusal.length)).toMatch(words);
		expect(said.trim().split("\n")).toHaveLength(1);
		for (const line of key.split("\n").filter((line) => line.length > 0)) expect(said).not.toContain(line);
	});

	test.for(["ssh-agent", "ssh-add"])("is named where there is no %s", async (missing) => {
		const real = (name: string) => `PATH=${dirname(findProgram(name) ?? "")} exec ${name} "$@"`;
		const others = ["ssh-agent", "ssh-add"].filter((name) => name !== missing);
		const path = standIns(Object.fromEntries(others.map((name) => [name, real(name)])));
		expect(await run(["echo", "begun"], { path })).toEqual({
			code: 1,
			said: `error: ${place}: ${missing} is not installed here, it is part of openssh-client\n`,
		});
	});

	test("an agent that does not start is told in its own words", async () => {
		const path = standIns({ "ssh-agent": "echo 'no room' >&2; exit 1" });
		expect(await run(["echo", "begun"], { path: [path, process.env.PATH].join(delimiter) })).toEqual({
			code: 1,
			said: `error: ${place}: ssh-agent has ended: no room\n`,
		});
	});
});
