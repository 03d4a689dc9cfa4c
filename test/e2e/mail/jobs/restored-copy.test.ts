import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { projectRoot } from "../../../../config/project-root.ts";
import { needs } from "../../harness/needs.ts";
import { Mailbox, messagesOf } from "./mailbox.ts";

const ready = needs("dovecot", "openssl", "python3", "rsync", "root");
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-restored-`));
const [source, backup] = [join(folder, "source"), join(folder, "backup")];
let mailbox: Mailbox;

beforeAll(async () => {
	if (!ready) return;
	chmodSync(folder, 0o755);
	for (const path of [source, backup, join(source, "state"), join(source, "log")]) mkdirSync(path);
	writeFileSync(join(source, "state/kept"), "1");
	writeFileSync(join(source, "log/mail.log"), "1");
	mailbox = await Mailbox.start(source);
});
afterAll(async () => {
	await mailbox?.pause();
	rmSync(folder, { recursive: true, force: true });
});

const look = () => messagesOf(mailbox);

test("P40: a mailbox that was lost has the messages of its copy, as the runbook brings them back", async () => {
	const message = (subject: string) => `Subject: ${subject}\r\n\r\n${subject.repeat(2000)}\r\n`;
	mailbox.deliver("one", 3, message("read"), { flags: "S" });
	mailbox.deliver("two", 2, message("flagged and answered"), { flags: "FRS" });
	mailbox.deliver("three", 1, message("new"), { unread: true });
	mailbox.deliver("four", 1, message("marked"), { folder: "Junk" });
	const before = look();
	expect(before).toHaveLength(4);

	const run = (script: string, variables: Readonly<Record<string, string>>) => {
		const path = join(projectRoot, "constructs/mail/scripts", script);
		const env = { ...process.env, BACKUP_DIR: backup, ...variables };
		return execFileSync("sh", [path], { env, encoding: "utf8" }).trim();
	};
	const copy = run("copy-trees.sh", { SOURCE_DIR: source, COPY_NAME: "%G-W%V" });
	await mailbox.pause();
	for (const tree of ["mail", "state"]) rmSync(join(source, tree), { recursive: true });
	const trees = { TREES: "mail=mail state=state log=log", VOLUME_DIR: source };
	run("restore-trees.sh", { ...trees, COPY: basename(copy), EXISTING: "replace" });
	expect(existsSync(join(source, "state/kept"))).toBe(true);
	await mailbox.resume();
	// Flags of delivery are Dovecot's own: what was new has been seen by a client meanwhile.
	const withoutRecent = (lines: readonly string[]) => lines.map((line) => line.replace(/ ?\\\\Recent/, ""));
	expect(withoutRecent(look())).toEqual(withoutRecent(before));
}, 60_000);
