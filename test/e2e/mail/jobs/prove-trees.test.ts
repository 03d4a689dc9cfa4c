import { execFileSync } from "node:child_process";
import {
	mkdirSync,
	mkdtempSync,
	readFileSync,
	renameSync,
	rmSync,
	statSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadSite } from "../../../../config/load-site.ts";
import { projectRoot } from "../../../../config/project-root.ts";
import { DeployedStack } from "../../harness/deployed-stack.ts";
import { needs } from "../../harness/needs.ts";
import { runProof } from "../../harness/run-proof.ts";

const ready = needs("rsync", "busybox", "wget");

const stack = new DeployedStack(await loadSite("lab"), "mailserver");
const proof = stack.container("cron_job", "mailserver-backup-proof", "mailserver-backup-proof");
const root = mkdtempSync(join(tmpdir(), "infra-prove-trees-"));
afterAll(() => rmSync(root, { recursive: true }));

const trees = ["mail", "state", "log"];

interface Lab {
	/** Folder below which the volume of the mail server has its trees. */
	readonly source: string;
	readonly backups: string;
}

/** Commands of the jobs' image: those of BusyBox, rsync, and a wget that can send a file. */
const bin = join(root, "bin");
const PATH = `${bin}:${process.env.PATH}`;
beforeAll(() => {
	if (!ready) return;
	mkdirSync(bin);
	execFileSync("busybox", ["--install", "-s", bin]);
	rmSync(join(bin, "wget"));
});

function lab(): Lab {
	const folder = mkdtempSync(join(root, "run-"));
	const [source, backups] = [join(folder, "source"), join(folder, "backups")];
	mkdirSync(backups);
	for (const tree of trees)
		for (const name of ["example.org/alice/cur/1:2,S", "two words"])
			write(join(source, tree, name), `${tree} ${name}`);
	return { source, backups };
}

function write(file: string, text: string): void {
	mkdirSync(dirname(file), { recursive: true });
	writeFileSync(file, text);
}

/** Runs the backup. @returns its copy */
function backUp({ source, backups }: Lab): string {
	const script = join(projectRoot, "constructs/mail/scripts/copy-trees.sh");
	const env = { PATH, SOURCE_DIR: source, BACKUP_DIR: backups, COPY_NAME: "2026-W30" };
	return execFileSync("sh", [script], { env, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
}

const prove = ({ backups }: Lab) => runProof(proof, { backups, env: { PATH } });

/** Changes a bit as a disk does that loses it: time and size stay. */
function rot(file: string): void {
	const { atime, mtime } = statSync(file);
	const content = readFileSync(file);
	content[0] = (content[0] ?? 0) ^ 1;
	writeFileSync(file, content);
	utimesSync(file, atime, mtime);
}

test("a copy is proven, one made of links to another as well, and the name of a file may be odd", async () => {
	const at = lab();
	backUp(at);
	expect(await prove(at)).toMatchObject({ code: 0, output: expect.stringContaining("comes back: 6 files") });
	write(join(at.source, "mail/new\\back"), "new");
	backUp(at);
	const { code, output, metrics } = await prove(at);
	expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining("7 files") });
	expect(metrics['backup_restore_verified_timestamp{kind="mail"}']).toBeGreaterThan(0);
});

test("a bit that the disk loses is found, in the copy that follows, too", async () => {
	const at = lab();
	rot(join(backUp(at), "mail/two words"));
	expect(await prove(at)).toMatchObject({
		code: 1,
		output: expect.stringContaining("./mail/two words"),
		metrics: {},
	});
	// Nothing has changed at the source, so that the next copy is a link to what has rotted.
	backUp(at);
	expect(await prove(at)).toMatchObject({ code: 1, output: expect.stringContaining("./mail/two words") });
});

test.for<[what: string, change: (copy: string, at: Lab) => void, said: string]>([
	["a file that is gone", (copy) => rmSync(join(copy, "mail/two words")), "./mail/two words"],
	["a file too many", (copy) => write(join(copy, "mail/more"), "x"), "./mail/more"],
	["a file that was cut off", (copy) => writeFileSync(join(copy, "log/two words"), ""), "./log/two words"],
	["a tree that is gone", (copy) => rmSync(join(copy, "state"), { recursive: true }), "has no state"],
	["a copy that was not finished", (copy) => renameSync(copy, `${copy}.part`), "has no copy"],
	["a copy without sums", (copy) => rmSync(join(copy, "SHA256SUMS")), "has no SHA256SUMS"],
	["sums that have lost a bit", (copy) => rot(join(copy, "SHA256SUMS")), "are not what was copied"],
	["a folder without copies", (copy) => rmSync(copy, { recursive: true }), "is its disk mounted"],
	[
		"a copy of last month",
		(copy) => utimesSync(copy, 0, Date.now() / 1000 - 31 * 86_400),
		"no backup has come since",
	],
])("%s proves nothing", async ([, change, said]) => {
	const at = lab();
	change(backUp(at), at);
	const { code, output, metrics } = await prove(at);
	expect({ code, output, metrics }).toEqual({ code: 1, output: expect.stringContaining(said), metrics: {} });
});
