import { describe, expect, test } from "vitest";
import { assess } from "../../../cli/exports/assess.ts";
import { needs } from "../harness/needs.ts";
import { ExportsLab } from "./exports-lab.ts";

needs("root", "exportfs");

const bulk = "/srv/nfs *(rw,async,no_subtree_check,no_root_squash,insecure)";
const fast = "/srv/nfs-ssd *(rw,sync,no_subtree_check,no_root_squash,insecure,fsid=1)";
const good = `${bulk}\n${fast}\n`;
const bulkLoaded = "/srv/nfs  *(async,no_subtree_check,rw,no_root_squash,no_all_squash)";
const fastLoaded = "/srv/nfs-ssd  *(sync,no_subtree_check,fsid=1,rw,no_root_squash,no_all_squash)";

/** A new file, what copying it and reloading does to a good table, and what is said here before anything is copied. */
const hazards = {
	"fsid=0 on the bulk export": {
		text: good.replace("insecure)", "insecure,fsid=0)"),
		reference: { code: 0, table: [bulkLoaded.replace("rw", "fsid=0,rw"), fastLoaded] },
		problem: "/srv/nfs is exported with fsid=0",
	},
	"fsid=root, another name of it": {
		text: good.replace("insecure)", "insecure,fsid=root)"),
		reference: { code: 0, table: [bulkLoaded.replace("rw", "fsid=0,rw"), fastLoaded] },
		problem: "/srv/nfs is exported with fsid=0",
	},
	"fsid=0 on the other export": {
		text: good.replace("fsid=1", "fsid=0"),
		reference: { code: 0, table: [bulkLoaded, fastLoaded.replace("fsid=1", "fsid=0")] },
		problem: "/srv/nfs-ssd is exported with fsid=0",
	},
	"one fsid for two paths": {
		text: good.replace("insecure)", "insecure,fsid=1)"),
		reference: { code: 0, table: [bulkLoaded.replace("rw", "fsid=1,rw"), fastLoaded] },
		problem: "has the fsid=1 of",
	},
	"a misspelt option": {
		text: good.replace("no_subtree_check", "no_subtree_chck"),
		reference: { code: 1, table: [] },
		problem: 'exportfs: /etc/exports:1: unknown keyword "no_subtree_chck"',
	},
	"a missing parenthesis": {
		text: `${bulk.slice(0, -1)}\n`,
		reference: { code: 1, table: [] },
		problem: "exportfs: /etc/exports:1: syntax error: bad option list",
	},
	"a bad second line": {
		text: good.replace("fsid=1", "fsid"),
		reference: { code: 1, table: [bulkLoaded] },
		problem: "exportfs: /etc/exports:2:",
	},
	"a space before the parenthesis": {
		text: good.replace("* (", "*(").replace("*(", "* ("),
		reference: {
			code: 1,
			table: ["/srv/nfs  *(sync,no_subtree_check,ro,root_squash,no_all_squash)", fastLoaded],
		},
		problem: "exportfs: No options for /srv/nfs *: suggest *(sync) to avoid warning",
	},
	"a network with a space before its options": {
		text: good.replace("*(", "192.0.2.0/24 ("),
		reference: {
			code: 0,
			table: [
				"/srv/nfs  192.0.2.0/24(sync,no_subtree_check,ro,root_squash,no_all_squash)",
				bulkLoaded,
				fastLoaded,
			],
		},
		problem: "exportfs: No host name given with /srv/nfs (rw,",
	},
	"a path that does not exist": {
		text: good.replace("/srv/nfs-ssd", "/srv/fast"),
		reference: { code: 1, table: [bulkLoaded, fastLoaded.replace("/srv/nfs-ssd", "/srv/fast")] },
		problem: "/srv/fast is no directory there: make it before it is exported",
	},
	"no option for subtrees": {
		text: good.replace("no_subtree_check,", ""),
		reference: { code: 0, table: [bulkLoaded, fastLoaded] },
		problem: "exportfs: /etc/exports [1]: Neither 'subtree_check' or 'no_subtree_check' specified",
	},
	"a path twice with other options": {
		text: `${good}${bulk.replace("rw", "ro")}\n`,
		reference: { code: 1, table: [bulkLoaded, fastLoaded] },
		problem: "exportfs: incompatible duplicated export entries:",
	},
	"a client whose name cannot be resolved": {
		text: good.replace("*", "nowhere.invalid"),
		reference: { code: 0, table: [fastLoaded] },
		problem: "exportfs: Failed to resolve nowhere.invalid",
	},
	"an empty file": {
		text: "",
		reference: { code: 0, table: [] },
		problem: "it exports nothing: every volume would be taken away",
	},
	"nothing but comments": {
		text: `# ${bulk}\n`,
		reference: { code: 0, table: [] },
		problem: "it exports nothing: every volume would be taken away",
	},
};

describe.each(Object.entries(hazards))("%s", (_, { text, reference, problem }) => {
	test("goes into the server's table when the file is copied first", async () => {
		const lab = await ExportsLab.start();
		await lab.copyThenReload(good);
		const { code } = await lab.copyThenReload(text);
		expect({ code, table: (await lab.table()).sort() }).toEqual({
			code: reference.code,
			table: [...reference.table].sort(),
		});
	});

	test("is refused while the server still has the good table", async () => {
		const lab = await ExportsLab.start();
		await lab.copyThenReload(good);
		const proposal = { text, source: "a test", consumers: [], confirmed: [] };
		const { problems } = await assess(lab.target, proposal);
		expect(problems).toContainEqual(expect.stringContaining(problem));
		expect(await lab.table()).toHaveLength(2);
		expect(await lab.file()).toBe(good);
	});
});

test("a file that is not there unexports everything when it is reloaded", async () => {
	const lab = await ExportsLab.start();
	await lab.copyThenReload(good);
	await lab.shell("rm /etc/exports");
	expect((await lab.target.run(["exportfs", "-ra"])).code).toBe(1);
	expect(await lab.table()).toEqual([]);
});

test("a relative path is refused: what it means depends on where exportfs is started", async () => {
	const lab = await ExportsLab.start();
	const text = good.replace("/srv/nfs-ssd", "srv/nfs-ssd");
	await lab.copyThenReload(text);
	expect(await lab.table()).toEqual([bulkLoaded, fastLoaded]);
	expect((await lab.target.run(["sh", "-c", "cd /run && exportfs -ra"])).code).toBe(1);
	const { problems } = await assess(lab.target, { text, source: "", consumers: [], confirmed: [] });
	expect(problems).toContain("srv/nfs-ssd is a relative path");
});

test("the reference's own file has nothing against it", async () => {
	const lab = await ExportsLab.start();
	const { problems } = await assess(lab.target, { text: good, source: "", consumers: [], confirmed: [] });
	expect(problems).toEqual([]);
});

test("a listing does not show whether ports above 1023 are let in, and the kept table does", async () => {
	const lab = await ExportsLab.start();
	await lab.copyThenReload(good);
	expect(await lab.shell("exportfs -s; exportfs -v")).not.toContain("secure");
	expect(await lab.shell("cat /var/lib/nfs/etab")).toContain(",insecure,");
});
