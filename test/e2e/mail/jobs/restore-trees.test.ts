import { execFileSync, spawn } from "node:child_process";
import {
	chownSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { loadSite } from "../../../../config/load-site.ts";
import { DeployedStack } from "../../harness/deployed-stack.ts";
import { ended } from "../../harness/ended.ts";
import { needs } from "../../harness/needs.ts";
import { treeOf } from "../../storage/tree.ts";

needs("root", "rsync");

const stack = new DeployedStack(await loadSite("lab"), "mailserver");
const { env: own } = stack.container("cron_job", "mailserver-restore", "mailserver-restore");
const script = stack.files("mailserver-restore-scripts")["restore-trees.sh"] ?? "";
const week = "2026-W03";
let folder: string;

/** A volume with mail, and a backup that lacks what came since and has what was deleted. */
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "infra-restore-trees-"));
	onTestFinished(() => rmSync(folder, { recursive: true }));
	mkdirSync(join(folder, "bin"));
	writeFileSync(join(folder, "restore-trees.sh"), script, { mode: 0o755 });
	const files = {
		[`backup/${week}/mail/alice/cur/1`]: "kept",
		[`backup/${week}/mail/alice/cur/2`]: "deleted since",
		[`backup/${week}/state/queue`]: "of then",
		[`backup/${week}/log/mail.log`]: "of then",
		"volume/data/alice/cur/1": "kept",
		"volume/data/alice/new/3": "came since",
		"volume/state/queue": "of now",
		"volume/log/mail.log": "of now",
	};
	for (const [name, text] of Object.entries(files)) {
		mkdirSync(dirname(join(folder, name)), { recursive: true });
		writeFileSync(join(folder, name), text);
		chownSync(join(folder, name), 5000, 5001);
	}
});

const read = (name: string) => readFileSync(join(folder, name), "utf8");

async function restore(env: Record<string, string>, programs: Readonly<Record<string, string>> = {}) {
	rmSync(join(folder, "bin"), { recursive: true });
	mkdirSync(join(folder, "bin"));
	for (const [name, lines] of Object.entries(programs)) {
		const real = execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
		writeFileSync(join(folder, "bin", name), `#!/bin/sh\nreal=${real}\n${lines}\n`, { mode: 0o755 });
	}
	const child = spawn(join(folder, "restore-trees.sh"), [], {
		env: {
			...own,
			PATH: `${folder}/bin:${process.env.PATH}`,
			BACKUP_DIR: join(folder, "backup"),
			VOLUME_DIR: join(folder, "volume"),
			COUNT: join(folder, "count"),
			COPY: week,
			...env,
		},
		stdio: ["ignore", "pipe", "pipe"],
	});
	return await ended(child);
}

const mailOf = () => treeOf(join(folder, "volume/data")).filter((line) => !line.includes("/ "));

test("what is missing comes back, and what is there now stays", async () => {
	expect((await restore({})).code).toBe(0);
	expect(mailOf().map((line) => line.split(" ")[0])).toEqual(["alice/cur/1", "alice/cur/2", "alice/new/3"]);
	expect(read("volume/state/queue")).toBe("of now");
	expect(statSync(join(folder, "volume/data/alice/cur/2"))).toMatchObject({ uid: 5000, gid: 5001 });
});

test("everything becomes what it was, the trees of before are kept, and it can be repeated", async () => {
	for (const _ of [1, 2]) {
		expect((await restore({ EXISTING: "replace" })).code).toBe(0);
		const backup = treeOf(join(folder, "backup", week, "mail")).map((line) =>
			line.replace("linked", "single"),
		);
		expect(treeOf(join(folder, "volume/data")).map((line) => line.replace("linked", "single"))).toEqual(
			backup,
		);
		expect(read("volume/state/queue")).toBe("of then");
		expect(readdirSync(join(folder, "volume")).sort()).toEqual([".before-restore", "data", "log", "state"]);
	}
});

test("onto a new, empty volume everything comes", async () => {
	rmSync(join(folder, "volume"), { recursive: true });
	mkdirSync(join(folder, "volume"));
	expect((await restore({})).code).toBe(0);
	expect(read("volume/data/alice/cur/2")).toBe("deleted since");
});

test.for<[what: string, env: Record<string, string>, prepare: () => void, said: string]>([
	["a point that is not there", { COPY: "2026-W04" }, () => {}, `expected one of:\n${week}`],
	["no point", { COPY: "" }, () => {}, "expected one of"],
	["a point by a path", { COPY: `../backup/${week}` }, () => {}, "expected one of"],
	["a word that is no choice", { EXISTING: "merge" }, () => {}, "expected keep or replace"],
	[
		"a point that lacks a tree",
		{ EXISTING: "replace" },
		() => rmSync(join(folder, "backup", week, "state"), { recursive: true }),
		"holds no file",
	],
])("%s changes nothing", async ([, env, prepare, said]) => {
	const before = treeOf(join(folder, "volume"));
	prepare();
	const { code, errors } = await restore(env);
	expect({ failed: code !== 0, errors }).toEqual({ failed: true, errors: expect.stringContaining(said) });
	expect(treeOf(join(folder, "volume")).filter((line) => !line.startsWith(".restore"))).toEqual(before);
});

test("a copy that breaks off changes nothing", async () => {
	const before = mailOf();
	const rsync = 'case "$*" in *state*) exit 11 ;; esac\nexec $real "$@"';
	expect((await restore({ EXISTING: "replace" }, { rsync })).code).not.toBe(0);
	expect(mailOf()).toEqual(before);
});

/** A mv that ends the restore at one of its moves: the mark of what is complete, then two for each tree. */
const dyingAt = (move: number, last: string) =>
	`echo x >>"$COUNT"; if [ "$(wc -l <"$COUNT")" -eq ${move} ]; then kill -9 $PPID; ${last}; fi\nexec $real "$@"`;
const moves = [1, 2, 3, 4, 5, 6, 7].flatMap((move) =>
	(["before", "after"] as const).map((when) => [when, move] as const),
);

test.for(moves)(
	"one that was killed %s its move %i is finished by the next, which keeps the trees of before",
	async ([when, move]) => {
		const before = treeOf(join(folder, "volume"));
		const mv = dyingAt(move, when === "before" ? "exit 1" : "true");
		expect((await restore({ EXISTING: "replace" }, { mv })).code).not.toBe(0);
		// Whoever mounts a folder that is not there makes it.
		for (const tree of ["data", "state", "log"]) mkdirSync(join(folder, "volume", tree), { recursive: true });
		const { code, output } = await restore({ EXISTING: "replace" });
		expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining("in .before-restore") });
		expect(read("volume/data/alice/cur/2")).toBe("deleted since");
		expect(read("volume/log/mail.log")).toBe("of then");
		expect(readdirSync(join(folder, "volume")).sort()).toEqual([".before-restore", "data", "log", "state"]);
		const kept = treeOf(join(folder, "volume/.before-restore"));
		expect(kept.filter((line) => !/^\w+\.since\//.test(line))).toEqual(before);
	},
);

test("after one that was killed, one of another copy is made as well", async () => {
	await restore({ EXISTING: "replace" }, { mv: dyingAt(3, "true") });
	writeFileSync(join(folder, "volume/data/alice/cur/4"), "came meanwhile");
	const { code, output } = await restore({});
	expect({ code, output }).toEqual({
		code: 0,
		output: expect.stringContaining("2026-W03, replace that was killed"),
	});
	expect(output).toContain("data: 3 files");
});
