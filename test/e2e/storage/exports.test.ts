import { expect, test } from "vitest";
import { assess, type Proposal } from "../../../cli/exports/assess.ts";
import { previousExports } from "../../../cli/exports/previous-exports.ts";
import { replaceExports } from "../../../cli/exports/replace-exports.ts";
import { loadSite } from "../../../config/load-site.ts";
import { exportTable } from "../../../constructs/storage/exports/export-table.ts";
import { renderExports } from "../../../constructs/storage/exports/render-exports.ts";
import { needs } from "../harness/needs.ts";
import { ExportsLab, untilReleased } from "./exports-lab.ts";

needs("root", "exportfs");

const lab = await loadSite("lab");
const wanted = renderExports(lab);
const proposal: Proposal = {
	text: wanted,
	source: "site lab",
	model: exportTable(lab),
	consumers: [{ path: "/srv/nfs/redis-backup", construct: "redis/backup/volume/volume" }],
	confirmed: [],
};
const wantedTable = [
	"/srv/media  127.0.0.1(sync,no_subtree_check,fsid=7,ro,root_squash,no_all_squash)",
	"/srv/media  192.0.2.0/24(sync,no_subtree_check,fsid=7,ro,root_squash,no_all_squash)",
	"/srv/nfs  192.0.2.0/24(sync,no_subtree_check,rw,no_root_squash,no_all_squash)",
];
/** Exports of the server before: the same paths for every client. */
const old = "/srv/nfs *(rw,sync,no_subtree_check)\n/srv/media *(ro,sync,no_subtree_check)\n";
const oldTable = [
	"/srv/nfs  *(sync,no_subtree_check,rw,root_squash,no_all_squash)",
	"/srv/media  *(sync,no_subtree_check,ro,root_squash,no_all_squash)",
];

const yes = async () => true;

function apply(server: ExportsLab, change: Partial<Proposal> = {}): Promise<boolean> {
	return make(server, { ...proposal, ...change });
}

async function rollBack(server: ExportsLab): Promise<boolean> {
	return make(server, await previousExports(server.target, proposal));
}

async function make({ target }: ExportsLab, change: Proposal): Promise<boolean> {
	return replaceExports(target, change.text, await assess(target, change), yes);
}

async function serverWith(file: string): Promise<ExportsLab> {
	const server = await ExportsLab.start();
	await server.copyThenReload(file);
	return server;
}

/** File and table, and what else lies beside the file. */
async function stateOf(server: ExportsLab) {
	const beside = await server.shell("ls /etc | grep '^exports.' || true");
	return {
		file: await server.file(),
		table: (await server.table()).sort(),
		beside: beside.trim().split("\n"),
	};
}

const untouched = { file: old, table: [...oldTable].sort(), beside: ["exports.d"] };
const inForce = { file: wanted, table: wantedTable, beside: ["exports.d", "exports.previous"] };

test("the new file is in force, and the one that it replaced is kept", async () => {
	const server = await serverWith(old);
	expect(await apply(server)).toBe(true);
	expect(await stateOf(server)).toEqual(inForce);
	expect(await server.shell("cat /etc/exports.previous; stat -c %a /etc/exports")).toBe(`${old}644\n`);
});

test("a second time there is nothing to do, and the kept file stays the old one", async () => {
	const server = await serverWith(old);
	await apply(server);
	expect(await apply(server)).toBe(false);
	expect(await server.shell("cat /etc/exports.previous")).toBe(old);
});

test("a server without a file gets one", async () => {
	const server = await ExportsLab.start();
	await apply(server);
	expect(await stateOf(server)).toEqual({ ...inForce, beside: ["exports.d"] });
});

test("a table that was changed by hand is loaded anew though the file is right", async () => {
	const server = await serverWith(old);
	await apply(server);
	await server.shell("exportfs -u 127.0.0.1:/srv/media; exportfs -o rw,no_subtree_check '*:/srv/nfs-ssd'");
	const { patch, table } = await assess(server.target, proposal);
	expect(patch).toBe("");
	expect(table.map(({ path, client }) => [path, client])).toEqual([
		["/srv/media", "127.0.0.1"],
		["/srv/nfs-ssd", "*"],
	]);
	await apply(server, { confirmed: ["/srv/nfs-ssd"] });
	expect(await stateOf(server)).toEqual(inForce);
});

test("when the answer is no, nothing is changed", async () => {
	const server = await serverWith(old);
	const assessment = await assess(server.target, proposal);
	expect(await replaceExports(server.target, wanted, assessment, async () => false)).toBe(false);
	expect(await stateOf(server)).toEqual(untouched);
});

test("a patch shows what would change in the file", async () => {
	const server = await serverWith(old);
	const { patch } = await assess(server.target, proposal);
	expect(patch).toMatch(/^--- the lab:\/etc\/exports\n\+\+\+ site lab\n@@ /);
	expect(patch).toContain("\n-/srv/nfs *(rw,sync,no_subtree_check)\n");
});

test("an export that something mounts is not removed, even when its removal is confirmed", async () => {
	const server = await serverWith(`${old}/srv/nfs/redis-backup *(rw,sync,no_subtree_check)\n`);
	await expect(apply(server, { confirmed: ["/srv/nfs/redis-backup"] })).rejects.toThrow(
		"/srv/nfs/redis-backup is removed, and 1 volume would lose it: redis/backup/volume/volume",
	);
	expect(await server.file()).toContain("redis-backup");
});

test("an export that nothing mounts is removed only when it is named", async () => {
	const server = await serverWith(`${old}/srv/nfs-ssd *(rw,sync,no_subtree_check)\n`);
	await expect(apply(server)).rejects.toThrow(
		"/srv/nfs-ssd is removed: pass --remove /srv/nfs-ssd when that",
	);
	await apply(server, { confirmed: ["/srv/nfs-ssd"] });
	expect(await stateOf(server)).toEqual(inForce);
});

test("an export that is in the file only counts as exported: it would be after the next start", async () => {
	const server = await serverWith(old);
	await server.shell("echo '/srv/nfs-ssd *(rw,no_subtree_check)' >>/etc/exports");
	await expect(apply(server)).rejects.toThrow("/srv/nfs-ssd is removed");
});

test("a removal that would not happen is a misspelling", async () => {
	const server = await serverWith(old);
	await expect(apply(server, { confirmed: ["/srv/nsf"] })).rejects.toThrow(
		"--remove /srv/nsf: /srv/nsf is not among what would be removed",
	);
});

test("a directory that is not there is asked for before anything is exported", async () => {
	const server = await serverWith(old);
	await server.shell("rmdir /srv/media");
	await expect(apply(server)).rejects.toThrow(
		"/srv/media is no directory there: make it before it is exported",
	);
	expect(await server.file()).toBe(old);
});

test("a second file of exports is named, for the site is meant to know all of them", async () => {
	const server = await serverWith(old);
	await server.shell("echo '/srv/nfs-ssd *(rw,no_subtree_check)' >/etc/exports.d/extra.exports");
	await expect(apply(server)).rejects.toThrow(
		"/etc/exports.d/extra.exports exports more than the site knows",
	);
});

test("a text that means something else than the site is refused", async () => {
	const server = await serverWith(old);
	await expect(apply(server, { text: wanted.replace("rw", "ro") })).rejects.toThrow(
		"/srv/nfs for 192.0.2.0/24: expected rw, found ro",
	);
	expect(await stateOf(server)).toEqual(untouched);
});

/** Stands in for exportfs on the server at its first call; it works from the second one on. */
const failures = {
	fails: ["echo 'exportfs: no memory' >&2; exit 1", "- exportfs: no memory"],
	"fails without a word": ["exit 1", "- exportfs failed"],
	"warns and goes on": [
		'echo "exportfs: /srv/nfs requires fsid= for NFS export" >&2; exec /usr/sbin/exportfs "$@"',
		"- exportfs: /srv/nfs requires fsid= for NFS export",
	],
	"loads another table": [
		'/usr/sbin/exportfs "$@"; exec /usr/sbin/exportfs -o rw,insecure "*:/srv/nfs"',
		"- /srv/nfs for everybody is exported, and should not be",
	],
	"loses an entry": [
		'/usr/sbin/exportfs "$@"; exec /usr/sbin/exportfs -u 127.0.0.1:/srv/media',
		"- /srv/media for 127.0.0.1 is not exported",
	],
} as const;

test.for(Object.entries(failures))(
	"the old file and table are back when exportfs %s after the copy",
	async ([, [script, message]]) => {
		const server = await serverWith(old);
		const first = `if mkdir /srv/failed 2>/dev/null; then ${script}; fi; exec /usr/sbin/exportfs "$@"`;
		server.standIn("exportfs", first);
		const error = await apply(server).catch(({ message }: Error) => message);
		expect(error).toContain(message);
		expect(error).toContain("the old file and its table are back in force");
		expect(await stateOf(server)).toEqual(untouched);
	},
);

test("an exportfs that goes on failing leaves the old file, and the message says what is not right", async () => {
	const server = await serverWith(old);
	server.standIn("exportfs", ": >/var/lib/nfs/etab; exit 1");
	await expect(apply(server)).rejects.toThrow("its old state is not back");
	expect(await server.file()).toBe(old);
});

test("a server without a file has none again after a failure", async () => {
	const server = await ExportsLab.start();
	server.standIn("exportfs", "exit 1");
	await expect(apply(server)).rejects.toThrow("the lab did not export what the new file says");
	expect(await server.shell("ls /etc | grep '^exports'")).toBe("exports.d\n");
});

test("a file that was changed after it was looked at is left alone", async () => {
	const server = await serverWith(old);
	const assessment = await assess(server.target, proposal);
	await server.shell("echo '# by hand' >>/etc/exports");
	await expect(replaceExports(server.target, wanted, assessment, yes)).rejects.toThrow(
		"/etc/exports on the lab has changed in the meantime; nothing was changed",
	);
	expect(await server.file()).toBe(`${old}# by hand\n`);
});

test("a text that arrives in part is not used", async () => {
	const server = await serverWith(old);
	const cut = {
		...server.target,
		run: (command: readonly string[], input?: string) => server.target.run(command, input?.slice(0, 100)),
	};
	const assessment = await assess(server.target, proposal);
	await expect(replaceExports(cut, wanted, assessment, yes)).rejects.toThrow(
		"the text did not arrive whole on the lab; nothing was changed",
	);
	expect(await stateOf(server)).toEqual(untouched);
});

test("of two changes at once the second one is turned away", async () => {
	const server = await serverWith(old);
	server.standIn("exportfs", untilReleased);
	const assessment = await assess(server.target, proposal);
	const first = replaceExports(server.target, wanted, assessment, yes);
	await server.shell("until [ -e /srv/started ]; do sleep 0.05; done");
	await expect(replaceExports(server.target, wanted, assessment, yes)).rejects.toThrow(
		"somebody else is changing the exports of the lab; nothing was changed",
	);
	await server.shell("touch /srv/release");
	expect(await first).toBe(true);
	expect(await stateOf(server)).toEqual(inForce);
});

test("a change that was killed in the middle is finished by the next one", async () => {
	const server = await serverWith(old);
	server.standIn(
		"exportfs",
		'if mkdir /srv/killed 2>/dev/null; then kill -KILL "$PPID"; exit 1; fi; exec /usr/sbin/exportfs "$@"',
	);
	await expect(apply(server)).rejects.toThrow("the lab gave up");
	expect(await server.file()).toBe(wanted);
	expect(await server.table()).toEqual(oldTable);
	expect(await apply(server)).toBe(true);
	expect(await stateOf(server)).toEqual(inForce);
	expect(await server.shell("cat /etc/exports.previous")).toBe(old);
});

test("a change that has begun is not stopped by signals, of a closed connection say", async () => {
	const server = await serverWith(old);
	const signals = 'for signal in HUP INT TERM; do kill "-$signal" "$PPID"; done';
	server.standIn("exportfs", `if [ "$1" = -ra ]; then ${signals}; fi; exec /usr/sbin/exportfs "$@"`);
	expect(await apply(server)).toBe(true);
	expect(await stateOf(server)).toEqual(inForce);
});

test("a rollback brings the replaced file back, and the next one undoes it", async () => {
	const server = await serverWith(old);
	await apply(server);
	await rollBack(server);
	expect(await stateOf(server)).toMatchObject({ file: old, table: [...oldTable].sort() });
	await rollBack(server);
	expect(await stateOf(server)).toEqual(inForce);
});

test("a rollback to a file that is a hazard is refused", async () => {
	const server = await serverWith(old);
	await apply(server);
	await server.shell("sed -i 's/rw,/rw,fsid=0,/' /etc/exports.previous");
	await expect(rollBack(server)).rejects.toThrow("/srv/nfs is exported with fsid=0");
	expect(await stateOf(server)).toEqual(inForce);
});

test("without a replaced file there is nothing to roll back to", async () => {
	const server = await serverWith(old);
	await expect(previousExports(server.target, proposal)).rejects.toThrow("nothing was replaced there yet");
});
