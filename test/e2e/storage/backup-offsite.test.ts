import { execFileSync, spawnSync } from "node:child_process";
import {
	chmodSync,
	chownSync,
	closeSync,
	ftruncateSync,
	linkSync,
	openSync,
	readdirSync,
	rmSync,
	statSync,
	symlinkSync,
	writeFileSync,
	writeSync,
} from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { needs } from "../harness/needs.ts";
import { waitFor } from "../harness/wait-for.ts";
import { ended, hoursAgo, timestamp } from "./backup-host.ts";
import { OffsiteLab } from "./offsite-lab.ts";
import { treeOf } from "./tree.ts";

needs("root", "rsync", "sqlite3", "restic", "rclone");

const point = "2026-01-01T050000";
const web = `disk/points/${point}/volumes/shop/web`;
const metrics = (lab: OffsiteLab) => lab.metrics("offsite-backup-sync");

/** A tree and a restore point, with everything in it that a copy may lose. */
async function host(): Promise<OffsiteLab> {
	const lab = await new OffsiteLab({}, []).withRepository();
	lab.write(`${web}/file`, "data");
	lab.write(`${web}/two\nlines`, "data");
	linkSync(lab.path(`${web}/file`), lab.path(`${web}/linked`));
	symlinkSync("nowhere", lab.path(`${web}/link`));
	chownSync(lab.path(`${web}/file`), 1234, 4321);
	chmodSync(lab.path(`${web}/file`), 0o640);
	chmodSync(lab.path(web), 0o2775);
	chownSync(lab.path(web), 0, 4321);
	const sparse = openSync(lab.path(`${web}/disk.img`), "w");
	ftruncateSync(sparse, 32 * 1024 ** 2);
	writeSync(sparse, "data", 16 * 1024 ** 2);
	closeSync(sparse);
	python("os.setxattr(sys.argv[1], 'user.note', b'kept')", lab.path(`${web}/disk.img`));
	// An access list for one more user: version 2, then tag, rights and id of each entry.
	python(
		"import struct; os.setxattr(sys.argv[1], 'system.posix_acl_access', struct.pack('<I', 2) + b''.join(struct.pack('<HHI', *e) for e in [(1, 6, 2**32-1), (2, 4, 77), (4, 4, 2**32-1), (16, 4, 2**32-1), (32, 0, 2**32-1)]))",
		lab.path(`${web}/two\nlines`),
	);
	return lab;
}

function python(text: string, path: string): string {
	return execFileSync("python3", ["-c", `import os, sys; ${text}`, path], { encoding: "utf8" });
}

const attributes = (folder: string) =>
	readdirSync(folder).map((name) =>
		python(
			"p = sys.argv[1]; print({n: os.getxattr(p, n, follow_symlinks=False) for n in os.listxattr(p, follow_symlinks=False)})",
			`${folder}/${name}`,
		),
	);

test("a volume comes back from the other place as it was: owners, modes, access lists, links and holes", async () => {
	const lab = await host();
	expect(await lab.run("offsite.sh")).toMatchObject({ code: 0 });
	expect(metrics(lab)).toMatchObject({
		offsite_sync_last_status: 0,
		backup_last_success_timestamp: expect.any(Number),
	});
	expect(await lab.fetch("volumes/shop/web", point, "back/web")).toMatchObject({ code: 0 });
	expect(treeOf(lab.path("back/web"))).toEqual(treeOf(lab.path(web)));
	expect(attributes(lab.path("back/web"))).toEqual(attributes(lab.path(web)));
	expect(statSync(lab.path("back/web"))).toMatchObject({ mode: statSync(lab.path(web)).mode, gid: 4321 });
	expect(statSync(lab.path("back/web/disk.img")).blocks * 512).toBeLessThan(1024 ** 2);

	// The same into the disk of restore points, whose copy is lost, for restore-backup.
	const before = treeOf(lab.path(web));
	rmSync(lab.path("disk/points"), { recursive: true });
	expect((await lab.run("offsite-backup.sh", ["fetch", "volumes/shop/web", point])).code).toBe(0);
	expect(treeOf(lab.path(web))).toEqual(before);

	// Again, what is not there, and a wrong claim: nothing is overwritten or half made.
	expect(await lab.run("offsite-backup.sh", ["fetch", "volumes/shop/web", point])).toMatchObject({
		code: 2,
		stderr: expect.stringContaining("is there already"),
	});
	expect(await lab.fetch("volumes/shop/wob", point, "none")).toMatchObject({ code: 2 });
	expect(await lab.fetch("volumes/shop/web", "2026-01-02T050000", "none")).toMatchObject({
		code: 2,
		stderr: expect.stringContaining(`there are: ${point}`),
	});
	expect(readdirSync(lab.folder)).not.toContain("none");
});

test("whoever has the host can neither remove nor change what has arrived", async () => {
	const lab = await host();
	expect(await lab.run("offsite.sh")).toMatchObject({ code: 0 });
	const before = treeOf(lab.path("offsite/restic"));
	const [snapshot] = lab.snapshots();
	const attempts = [
		["forget", snapshot?.id ?? ""],
		["forget", "--prune", "--keep-last", "1", "--unsafe"],
		["key", "remove", readdirSync(lab.path("offsite/restic/keys"))[0] ?? ""],
		["tag", "--set", "other", snapshot?.id ?? ""],
	];
	// It tries again for a minute before it gives up.
	for (const attempt of attempts)
		spawnSync("timeout", ["5", "restic", "--no-cache", ...lab.asHost(...attempt)], {
			env: lab.environment(),
		});
	const kept = treeOf(lab.path("offsite/restic")).filter((line) => !line.startsWith("locks/"));
	expect(kept).toEqual(expect.arrayContaining(before.filter((line) => !line.startsWith("locks/"))));
	// Nor by the protocol itself.
	expect(lab.read("programs/serve.sh")).toContain("--append-only");
	rmSync(lab.path("disk/points"), { recursive: true });
	lab.there("unlock", "--remove-all");
	expect((await lab.run("offsite-backup.sh", ["fetch", "volumes/shop/web", point])).code).toBe(0);
});

test("a run that was stopped goes on behind what it has brought, and its lock is in nobody's way", async () => {
	const lab = await host();
	lab.write(`disk/points/${point}/volumes/shop/zoo/file`, "last");
	const bring = lab.path("bin/restic");
	writeFileSync(
		bring,
		`#!/bin/sh\ncase "$*" in *shop/zoo*) touch "$LAB/stopped"; sleep 60 & wait ;; esac\nexec /usr/bin/restic "$@"\n`,
		{ mode: 0o755 },
	);
	const run = lab.start("offsite.sh");
	const result = ended(run);
	await waitFor("the second volume", () => readdirSync(lab.folder).includes("stopped"), { within: 60_000 });
	process.kill(-(run.pid ?? 0), "SIGTERM");
	await result;
	rmSync(bring);
	expect(lab.parts()).toEqual(["volumes/shop/web"]);
	const [first] = lab.snapshots();
	expect(await lab.run("offsite.sh")).toMatchObject({ code: 0 });
	expect(lab.parts()).toEqual(["volumes/shop/web", "volumes/shop/zoo"]);
	expect(lab.snapshots().map(({ id }) => id)).toContain(first?.id);
	lab.there("check", "--read-data");
});

test("only what is new is brought, and a further run of the same point brings nothing", async () => {
	const lab = await host();
	await lab.run("offsite.sh");
	const next = `disk/points/2026-01-02T050000/volumes/shop`;
	lab.write(`${next}/.keep`, "");
	execFileSync("cp", ["-a", lab.path(web), lab.path(`${next}/web`)]);
	rmSync(lab.path(`${next}/.keep`));
	lab.write(`${next}/web/new`, "new");
	const packs = () => treeOf(lab.path("offsite/restic/data")).filter((line) => !line.includes("/ ")).length;
	const before = packs();
	for (const _ of [1, 2]) expect(await lab.run("offsite.sh")).toMatchObject({ code: 0 });
	expect(lab.snapshots().map(({ tags }) => tags[0])).toEqual([point, "2026-01-02T050000"]);
	// One of what is new, and one of the directories.
	expect(packs() - before).toBeLessThanOrEqual(2);
});

test("a part that failed tonight is brought from the point of last night, when nothing could be", async () => {
	const lab = await host();
	lab.write("disk/points/2026-01-02T050000/volumes/mail/box/1", "new");
	expect(await lab.run("offsite.sh")).toMatchObject({ code: 0 });
	expect(lab.snapshots().map(({ tags }) => tags)).toEqual(
		expect.arrayContaining([
			[point, "volumes/shop/web"],
			["2026-01-02T050000", "volumes/mail/box"],
		]),
	);
});

test("a fetch that was killed leaves nothing in the next one, of another time", async () => {
	const lab = await host();
	await lab.run("offsite.sh");
	lab.write(".back.fetching/web/only-later", "of another time");
	expect(await lab.fetch("volumes/shop/web", point, "back")).toMatchObject({ code: 0 });
	expect(treeOf(lab.path("back"))).toEqual(treeOf(lab.path(web)));
});

test.for<[what: string, change: (lab: OffsiteLab) => void, said: string]>([
	["the password is another", (lab) => lab.write("key", "wrong"), "wrong password"],
	[
		"the other place does not answer",
		(lab) => lab.program("ssh", "#!/bin/sh\necho 'Connection refused' >&2\nexit 255\n"),
		"Connection refused",
	],
	[
		"a file there has lost bits",
		(lab) => {
			const [folder = ""] = readdirSync(lab.path("offsite/restic/data")).filter(
				(name) => readdirSync(lab.path(`offsite/restic/data/${name}`)).length > 0,
			);
			const [pack = ""] = readdirSync(lab.path(`offsite/restic/data/${folder}`));
			const file = `offsite/restic/data/${folder}/${pack}`;
			writeFileSync(lab.path(file), Buffer.alloc(statSync(lab.path(file)).size));
		},
		"Pack ID does not match",
	],
	["the second disk is not mounted", (lab) => rmSync(lab.path("disk/.mounted")), "is not mounted"],
])("when %s, the run says so and fails, and nothing is lost there", async ([, change, said]) => {
	const lab = new OffsiteLab({ proveWithin: 1 }, []);
	await lab.withRepository();
	lab.write(`${web}/file`, "data");
	expect(await lab.run("offsite.sh")).toMatchObject({ code: 0 });
	const success = metrics(lab).backup_last_success_timestamp;
	const kept = lab.snapshots();
	change(lab);
	await sleep(1000);
	const { code, stderr } = await lab.run("offsite.sh");
	expect(code).not.toBe(0);
	expect(stderr).toContain(said);
	expect(metrics(lab).offsite_sync_last_status).not.toBe(0);
	expect(metrics(lab).backup_last_success_timestamp).toBe(success);
	lab.write("key", "of this host");
	expect(lab.snapshots()).toEqual(kept);
});

test("a clock that ran ahead neither freezes what is brought nor ages what is there", async () => {
	const lab = await host();
	const future = new Date(Date.now() + 400 * 86_400_000);
	lab.arrived(lab.add(web, future, "volumes/shop/web"), hoursAgo(48));
	const { code, stderr } = await lab.run("offsite.sh");
	expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining("of the future") });
	expect(metrics(lab)).toMatchObject({ backup_names_ahead: 1 });
	expect(lab.parts()).toEqual(["volumes/shop/web", "volumes/shop/web"]);
	expect(await lab.runThere("retain.sh")).toMatchObject({ code: 0 });
	expect(lab.snapshots().map(({ tags }) => tags[0])).toContain(point);
	expect(lab.snapshots().map(({ tags }) => tags[0])).toContain(timestamp(future));
});
