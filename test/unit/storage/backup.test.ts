import { expect, test } from "vitest";
import { loadSite } from "../../../config/load-site.ts";
import { staleAfter } from "../../../config/schema/backup.ts";
import { backupTrees } from "../../../config/schema/trees.ts";
import { renderSettings } from "../../../constructs/storage/backup/render-settings.ts";
import { renderUnits } from "../../../constructs/storage/backup/render-units.ts";

const home = await loadSite("home");
const exporting = (...paths: string[]) => {
	const [entry] = home.storage.exports;
	if (entry === undefined) throw new Error("the site exports nothing");
	return { ...home, storage: { ...home.storage, exports: paths.map((path) => ({ ...entry, path })) } };
};

test("metrics go to the cluster's node port, as the site states it", () => {
	expect(renderSettings(home)).toContain("PUSHGATEWAY='http://10.0.20.100:30091'\n");
});

test("what is exported goes offsite, an export inside another with it", () => {
	expect(backupTrees(exporting("/srv/nfs", "/srv/nfs/films", "/srv/nfs-ssd"))).toEqual([
		{ name: "nfs", path: "/srv/nfs" },
		{ name: "nfs-ssd", path: "/srv/nfs-ssd" },
	]);
});

test("a step is stale after two days, its random delay and its time-out", () => {
	expect(staleAfter(home.backup, "copy")).toBe((48 * 60 + 5 + 60) * 60_000);
});

test("a unit does not start before what it reads is mounted", () => {
	const units = renderUnits(exporting("/srv/nfs", "/srv/nfs-ssd"));
	expect(units["offsite-sync-backup.service"]).toContain("RequiresMountsFor=/srv/nfs /srv/nfs-ssd\n");
	expect(units["daily-backup.service"]).toContain("RequiresMountsFor=/mnt/backup\n");
});

test("each program waits for the one that it continues", () => {
	const units = renderUnits(home);
	expect(units["daily-backup.service"]).toMatch(/^After=.*\blvm-pvc-snapshot\.service$/m);
	expect(units["offsite-sync-backup.service"]).toMatch(/^After=.*\bdaily-backup\.service$/m);
});
