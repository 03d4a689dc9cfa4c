import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeHostFiles } from "../../../cli/backup/write-host-files.ts";
import { loadSite } from "../../../config/load-site.ts";
import { temporaryFolder } from "../../synth.ts";

test("a folder of an earlier run is written again", async () => {
	const folder = temporaryFolder();
	const site = await loadSite("lab");
	await writeHostFiles(site, folder);
	mkdirSync(join(folder, "root/stale"));
	await writeHostFiles(site, folder);
	expect(readdirSync(folder).sort()).toEqual(["install.sh", "needs", "root"]);
	expect(readdirSync(join(folder, "root"))).not.toContain("stale");
});

test.for(["root", "notes.txt"])("a folder that holds a foreign %s is left alone", async (name) => {
	const folder = temporaryFolder();
	writeFileSync(join(folder, name), "kept");
	await expect(writeHostFiles(await loadSite("lab"), folder)).rejects.toThrow(`${folder} holds ${name}`);
	expect(readdirSync(folder)).toEqual([name]);
});
