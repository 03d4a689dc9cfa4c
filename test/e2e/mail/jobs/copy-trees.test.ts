import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
	chmodSync,
	chownSync,
	copyFileSync,
	existsSync,
	linkSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ended } from "../../harness/ended.ts";
import { givesFilesAway, needs } from "../../harness/needs.ts";
import { waitFor } from "../../harness/wait-for.ts";

needs("rsync", "busybox");

const root = mkdtempSync(join(tmpdir(), `infra-${process.pid}-copy-trees-`));
afterAll(() => rmSync(root, { recursive: true }));

/** A copy: another user may not be able to enter the checkout. */
const script = join(root, "copy-trees.sh");
/** The commands of the job's image: those of BusyBox, and rsync. */
const commands = join(root, "bin");
const temporary = join(root, "tmp");
beforeAll(() => {
	copyFileSync(join(import.meta.dirname, "../../../../constructs/mail/scripts/copy-trees.sh"), script);
	for (const folder of [commands, temporary]) mkdirSync(folder);
	for (const path of [root, script, commands]) chmodSync(path, 0o755);
	chmodSync(temporary, 0o1777);
	execFileSync("busybox", ["--install", "-s", commands]);
	const rsync = execFileSync("sh", ["-c", "command -v rsync"], { encoding: "utf8" }).trim();
	symlinkSync(rsync, join(commands, "rsync"));
});

const mail = { "example.org/alice/cur/1:2,S": "Subject: one\n", "example.org/bob/new/2": "Subject: two\n" };
const trees = { mail, state: { "lib-postfix/master.lock": "1\n" }, log: { "mail.log": "started\n" } };

interface Place {
	readonly source: string;
	readonly backup: string;
}

function place(content: Readonly<Record<string, Readonly<Record<string, string>>>> = trees): Place {
	const folder = mkdtempSync(join(root, "run-"));
	chmodSync(folder, 0o755);
	const [source, backup] = [join(folder, "source"), join(folder, "backup")];
	mkdirSync(backup);
	for (const [tree, files] of Object.entries(content))
		for (const [name, body] of Object.entries(files)) write(join(source, tree, name), body);
	return { source, backup };
}

function write(file: string, body: string): void {
	mkdirSync(dirname(file), { recursive: true });
	writeFileSync(file, body);
}

interface Options {
	/** Command that runs it as another user. */
	readonly as?: readonly string[];
	/** Name of the copy as a format of date. @default one week, whenever it is */
	readonly name?: string;
	/** Programs in the place of others, by name: lines of shell, which may go on to the real one with `"$@"`. */
	readonly programs?: Readonly<Record<string, string>>;
}

function start({ source, backup }: Place, { as = [], name = "2026-W30", programs = {} }: Options = {}) {
	const folder = mkdtempSync(join(root, "programs-"));
	for (const [program, lines] of Object.entries(programs)) {
		const real = execFileSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" }).trim();
		writeFileSync(join(folder, program), `#!/bin/sh\nset -- ${real} "$@"\n${lines}\n`, { mode: 0o755 });
	}

	const [command = "", ...args] = [...as, join(commands, "sh"), script];
	return spawn(command, args, {
		env: {
			PATH: `${folder}:${process.env.PATH}`,
			TMPDIR: temporary,
			SOURCE_DIR: source,
			BACKUP_DIR: backup,
			COPY_NAME: name,
		},
		stdio: ["ignore", "pipe", "pipe"],
		detached: true,
	});
}

async function copy(at: Place, options?: Options) {
	const { code, output, errors } = await ended(start(at, options));
	return { code, latest: output.trim(), errors };
}

/** Files below a directory with what is in them. */
function tree(directory: string): Record<string, string> {
	return Object.fromEntries(
		readdirSync(directory, { recursive: true, encoding: "utf8" })
			.filter((name) => statSync(join(directory, name)).isFile())
			.map((name) => [name, readFileSync(join(directory, name), "utf8")]),
	);
}

const inode = (file: string) => statSync(file).ino;
const copies = ({ backup }: Place) => readdirSync(backup).filter((name) => name !== ".lock");

describe("copy of the mail trees", () => {
	test("P36: all three trees are in the copy, to the byte", async () => {
		const at = place();
		const { code, latest } = await copy(at, { name: "%G-W%V" });
		expect(code).toBe(0);
		expect(latest).toMatch(/\/\d{4}-W\d\d$/);
		expect(Object.fromEntries(Object.keys(trees).map((name) => [name, tree(join(latest, name))]))).toEqual(
			trees,
		);
	});

	test("P36: what is in the copy keeps its owner and its mode", async ({ skip }) => {
		givesFilesAway(skip);
		const at = place();
		const file = "mail/example.org/alice/cur/1:2,S";
		chownSync(join(at.source, file), 5000, 5001);
		chmodSync(join(at.source, file), 0o640);
		const { latest } = await copy(at);
		expect(statSync(join(latest, file))).toMatchObject({ uid: 5000, gid: 5001, mode: 0o100640 });
	});

	test("P36, control: destinations named after the last part of the path lose the maildirs", () => {
		const { backup } = place({});
		const sources = join(backup, "../var");
		for (const [name, body] of Object.entries(mail)) write(join(sources, "mail", name), body);
		write(join(sources, "log/mail/mail.log"), "started\n");
		for (const source of ["mail", "log/mail"])
			execFileSync("rsync", ["-aH", "--delete", join(sources, source, "/"), join(backup, "mail/")]);
		expect(tree(backup)).toEqual({ "mail/mail.log": "started\n" });
	});

	test("P37: busybox does not know the date arithmetic and the expressions of the former job", () => {
		const { backup } = place({});
		for (let week = 10; week <= 20; week++) mkdirSync(join(backup, `2026-${week}`));
		expect(() => execFileSync("busybox", ["date", "-d", "-7 days"], { stdio: "pipe" })).toThrow(
			"invalid date",
		);
		const found = execFileSync("busybox", ["find", backup, "-regex", ".*/[0-9]+-[0-9]+"], {
			encoding: "utf8",
		});
		expect(found).toBe("");
	});

	test("P38: files that did not change are stored once, and other weeks are left alone", async () => {
		const at = place();
		for (let week = 10; week <= 20; week++)
			write(join(at.backup, `2026-W${week}/mail/example.org/old`), String(week));
		const first = (await copy(at)).latest;
		expect(copies(at)).toHaveLength(12);

		// The copy of this week becomes that of an earlier one.
		const earlier = join(at.backup, "2026-W21");
		execFileSync("mv", [first, earlier]);
		write(join(at.source, "mail/example.org/alice/new/3"), "Subject: three\n");
		const second = (await copy(at)).latest;
		const unchanged = "mail/example.org/bob/new/2";
		expect(inode(join(second, unchanged))).toBe(inode(join(earlier, unchanged)));
		expect(tree(join(earlier, "mail"))).toEqual(mail);
		expect(tree(join(second, "mail"))).toEqual({ ...mail, "example.org/alice/new/3": "Subject: three\n" });
	});

	test("a second run of a week replaces the copy of that week and keeps its links to itself", async () => {
		const at = place();
		const before = inode(join((await copy(at)).latest, "log/mail.log"));
		rmSync(join(at.source, "mail/example.org/bob/new/2"));
		const { latest } = await copy(at);
		expect(Object.keys(tree(join(latest, "mail")))).toEqual(["example.org/alice/cur/1:2,S"]);
		expect(inode(join(latest, "log/mail.log"))).toBe(before);
		expect(copies(at)).toHaveLength(1);
	});

	test("P39: a tree that cannot be read half-way fails the run and leaves the last copy as it was", async () => {
		const at = place();
		const before = (await copy(at)).latest;
		const closed = join(at.source, "mail/example.org/carol/cur/4");
		write(closed, "Subject: four\n");
		// Root can read everything, so an unprivileged user tries.
		const isRoot = process.getuid?.() === 0;
		const as = isRoot ? ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"] : [];
		if (isRoot) execFileSync("chown", ["-R", "65534:65534", at.source, at.backup]);
		chmodSync(closed, 0o000);
		const { code, latest, errors } = await copy(at, { as });
		expect([code === 0, latest]).toEqual([false, ""]);
		expect(errors).toContain(`send_files failed to open "${closed}": Permission denied`);
		expect(tree(join(before, "mail"))).toEqual(mail);
	});

	test("a tree that is empty from the start is copied, and one that has lost its files is another volume", async () => {
		const at = place();
		mkdirSync(join(at.source, "keys"));
		const before = await copy(at);
		expect(before).toMatchObject({ code: 0, errors: expect.stringContaining("keys: 0 files") });
		expect(readdirSync(before.latest).sort()).toEqual(["SHA256SUMS", "keys", "log", "mail", "state"]);
		rmSync(join(at.source, "mail/example.org"), { recursive: true });
		const { code, latest, errors } = await copy(at);
		const said = expect.stringContaining("is the volume the right one?");
		expect({ code, latest, errors }).toEqual({ code: 1, latest: "", errors: said });
		expect(tree(join(before.latest, "mail"))).toEqual(mail);
	});

	test("of two runs at once the later one waits, and both are whole", async () => {
		const at = place();
		const [reached, release] = ["reached", "release"].map((name) => join(at.backup, "..", name));
		const rsync = `touch '${reached}'; until [ -e '${release}' ]; do sleep 0.1; done; exec "$@"`;
		const first = ended(start(at, { programs: { rsync } }));
		await waitFor("the first run", () => existsSync(`${reached}`), { within: 60_000 });
		const other = start(at);
		const second = ended(other);
		const waits = new Promise((resolve) => other.stderr.on("data", resolve));
		expect(`${await waits}`).toContain("another run copies");
		writeFileSync(`${release}`, "");
		expect([(await first).code, (await second).code]).toEqual([0, 0]);
		expect(copies(at)).toEqual(["2026-W30"]);
		expect(tree(join(at.backup, "2026-W30/mail"))).toEqual(mail);
	});

	test("mail that arrives and moves during the copy is in it at the end", async () => {
		const at = place();
		const box = join(at.source, "mail/example.org/alice");
		for (let number = 0; number < 20; number++) write(join(box, `new/m${number}`), `Subject: ${number}\n`);
		mkdirSync(join(box, "moved"));
		// What rsync has listed is not what is there when it ends.
		const rsync = `"$@" || exit
case "$*" in *'${at.source}/mail/'*) ;; *) exit 0 ;; esac
[ -d '${box}/moved' ] || exit 0
mv '${box}/new/m1' '${box}/new/m2' '${box}/moved'
mv '${box}/moved' '${box}/seen'
echo late >'${box}/new/late'`;
		const { latest, errors } = await copy(at, { programs: { rsync } });
		expect(tree(join(latest, "mail"))).toEqual(tree(join(at.source, "mail")));
		expect(errors).toContain("mail has changed during pass 1");
		expect(errors).toContain("mail: 23 files");
	});

	test("mail that goes away while it is counted costs a pass, not the copy", async () => {
		const at = place();
		const victim = join(at.source, "mail/example.org/bob/new/2");
		const stat = `case "$*" in *'${victim}'*) rm -f '${victim}' ;; esac; exec "$@"`;
		const { code, latest, errors } = await copy(at, { programs: { stat } });
		expect({ code, errors }).toMatchObject({ code: 0 });
		expect(errors).toContain("mail has changed during pass 1");
		expect(tree(join(latest, "mail"))).toEqual({ "example.org/alice/cur/1:2,S": "Subject: one\n" });
	});

	test("what rsync could not read once, as a folder that goes away, is tried again; what it never can fails", async () => {
		const at = place();
		const once = join(at.backup, "../failed-once");
		const failsOnce = `[ -e '${once}' ] || { touch '${once}'; exit 23; }; exec "$@"`;
		expect(await copy(at, { programs: { rsync: failsOnce } })).toMatchObject({ code: 0 });
		const before = copies(at);
		const { code, errors } = await copy(at, { programs: { rsync: "exit 23" } });
		expect(code).toBe(1);
		expect(errors).toContain("rsync ended with 23");
		expect(tree(join(at.backup, before[0] ?? "", "mail"))).toEqual(mail);
		expect((await copy(at, { programs: { rsync: "exit 12" } })).code).toBe(12);
	}, 20_000);

	test("a run that is killed leaves the last copy, and the next one tidies up", async () => {
		const at = place();
		const { latest } = await copy(at);
		for (let number = 0; number < 3000; number++)
			write(join(at.source, `mail/example.org/alice/new/m${number}`), `Subject: ${number}\n`);
		const child = start(at);
		await waitFor("the copy of the mail", () => existsSync(`${latest}.part/mail`), {
			within: 60_000,
			every: 5,
		});
		// As a pod ends: with all of its processes.
		process.kill(-(child.pid ?? 0), "SIGKILL");
		await once(child, "exit");
		expect(tree(join(latest, "mail"))).toEqual(mail);
		expect((await copy(at)).code).toBe(0);
		expect(Object.keys(tree(join(latest, "mail")))).toHaveLength(3002);
		expect(copies(at)).toHaveLength(1);
	});

	test("a copy that was set aside when the run died comes back", async () => {
		const at = place();
		const { latest } = await copy(at);
		execFileSync("mv", [latest, `${latest}.former`]);
		linkSync(join(`${latest}.former`, "log/mail.log"), join(at.backup, "witness"));
		const again = await copy(at);
		expect(again.code).toBe(0);
		expect(inode(join(again.latest, "log/mail.log"))).toBe(inode(join(at.backup, "witness")));
	});
});
