import { expect, test } from "vitest";
import { assess, type Proposal } from "../../../cli/exports/assess.ts";
import { previousExports } from "../../../cli/exports/previous-exports.ts";
import { replaceExports } from "../../../cli/exports/replace-exports.ts";
import { parseSite } from "../../../config/parse-site.ts";
import lab from "../../../config/sites/lab.ts";
import { exportTable } from "../../../constructs/storage/exports/export-table.ts";
import { renderExports } from "../../../constructs/storage/exports/render-exports.ts";
import { needs } from "../harness/needs.ts";
import { ExportsLab } from "./exports-lab.ts";

needs("root", "exportfs");

/** The lab's exports, the first one on a disk of its own. */
const site = parseSite({
	...lab,
	storage: {
		...lab.storage,
		exports: lab.storage.exports.map((entry) =>
			entry.path === "/srv/nfs" ? { ...entry, disk: "/srv/nfs" } : entry,
		),
	},
});
const wanted: Proposal = {
	text: renderExports(site),
	source: "site lab",
	model: exportTable(site),
	consumers: [],
	confirmed: [],
};
const old = "/srv/nfs *(rw,sync,no_subtree_check)\n/srv/media *(ro,sync,no_subtree_check)\n";

async function serverWith(file: string): Promise<ExportsLab> {
	const server = await ExportsLab.start();
	await server.copyThenReload(file);
	return server;
}

async function apply({ target }: ExportsLab, proposal: Proposal): Promise<boolean> {
	return replaceExports(target, proposal.text, await assess(target, proposal), async () => true);
}

test("an export whose disk is not mounted is refused, also when its directory is bound to itself", async () => {
	const server = await serverWith(old);
	const refusal = "no disk is mounted at /srv/nfs there";
	await expect(apply(server, wanted)).rejects.toThrow(refusal);
	await server.shell("mount --bind /srv/nfs /srv/nfs");
	await expect(apply(server, wanted)).rejects.toThrow(refusal);
	expect(await server.file()).toBe(old);
	await server.shell("umount /srv/nfs; mount -t tmpfs tmpfs /srv/nfs");
	expect(await apply(server, wanted)).toBe(true);
	expect(await server.shell("grep '^/srv/nfs' /var/lib/nfs/etab")).toContain("mountpoint=/srv/nfs");
	expect(await apply(server, wanted)).toBe(false);
});

test("a file of another hand with the option, with and without a path, is judged by it as well", async () => {
	const server = await serverWith(old);
	const text = "/srv/nfs *(rw,sync,no_subtree_check,mp)\n/srv/media *(ro,sync,no_subtree_check,mp=/srv)\n";
	const { problems } = await assess(server.target, { text, source: "a test", consumers: [], confirmed: [] });
	expect(problems).toEqual([expect.stringContaining("no disk is mounted at /srv/nfs there")]);
});

test("a link is not replaced by a file, nor followed on the way back", async () => {
	const server = await serverWith(old);
	await server.shell(
		"mount -t tmpfs tmpfs /srv/nfs; mv /etc/exports /etc/exports.kept; ln -s exports.kept /etc/exports",
	);
	await expect(apply(server, wanted)).rejects.toThrow("/etc/exports is a link to exports.kept");
	expect(await server.shell("readlink /etc/exports; ls /etc | grep '^exports'")).toBe(
		"exports.kept\nexports\nexports.d\nexports.kept\n",
	);
});

/** A server on which a change was killed right after it had replaced the file. */
async function killed(): Promise<ExportsLab> {
	const server = await serverWith(old);
	await server.shell("mount -t tmpfs tmpfs /srv/nfs");
	server.standIn(
		"exportfs",
		'if mkdir /srv/killed 2>/dev/null; then kill -KILL "$PPID"; fi; exec /usr/sbin/exportfs "$@"',
	);
	await expect(apply(server, wanted)).rejects.toThrow("the lab gave up");
	expect(await server.file()).toBe(wanted.text);
	return server;
}
const other = "/srv/nfs *(rw,sync,no_subtree_check,insecure)\n/srv/media *(ro,sync,no_subtree_check)\n";
const otherProposal: Proposal = { text: other, source: "a test", consumers: [], confirmed: [] };

test("after a killed change and another one, the way back leads to the file before both", async () => {
	const server = await killed();
	expect(await apply(server, otherProposal)).toBe(true);
	expect(await server.file()).toBe(other);
	expect(await apply(server, await previousExports(server.target, otherProposal))).toBe(true);
	expect(await server.file()).toBe(old);
});

test("another change that the server refuses leaves the killed one's file, and the one before both aside", async () => {
	const server = await killed();
	const assessment = await assess(server.target, otherProposal);
	const refused = { ...assessment, loaded: { ...assessment.loaded, etab: "/srv/else\t*(rw)\n" } };
	await expect(replaceExports(server.target, other, refused, async () => true)).rejects.toThrow();
	expect(await server.file()).toBe(wanted.text);
	expect(await server.shell("cat /etc/exports.aside; ls /etc | grep -c '^exports.undo' || true")).toBe(
		`${old}0\n`,
	);
});
