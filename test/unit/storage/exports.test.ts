import { describe, expect, test } from "vitest";
import { compareTables, renderDifference, statedOptions } from "../../../cli/exports/compare-tables.ts";
import { parseTable } from "../../../cli/exports/parse-table.ts";
import { removalProblems, tableProblems } from "../../../cli/exports/problems.ts";
import { loadSite } from "../../../config/load-site.ts";
import { renderExports } from "../../../constructs/storage/exports/render-exports.ts";
import { nfsShares } from "../../../world/nfs-shares.ts";
import { stackOf, worldOf } from "../../policy/world.ts";

test("the file of the home site admits the cluster and the router, each with all options spelt out", async () => {
	const lines = renderExports(await loadSite("home")).split("\n");
	expect(lines.filter((line) => !line.startsWith("#"))).toEqual([
		"/srv/nfs" +
			" 10.0.20.0/24(rw,async,no_subtree_check,no_root_squash,no_all_squash,insecure,mountpoint=/srv/nfs)" +
			" 192.168.1.2(rw,async,no_subtree_check,no_root_squash,no_all_squash,insecure,mountpoint=/srv/nfs)",
		"/srv/nfs-ssd" +
			" 10.0.20.0/24(rw,sync,no_subtree_check,no_root_squash,no_all_squash,insecure,fsid=1,mountpoint=/srv/nfs-ssd)" +
			" 192.168.1.2(rw,sync,no_subtree_check,no_root_squash,no_all_squash,insecure,fsid=1,mountpoint=/srv/nfs-ssd)",
		"",
	]);
});

test("an export to any is one to everybody", async () => {
	const lab = await loadSite("lab");
	const [first] = lab.storage.exports;
	const exports = first === undefined ? [] : [{ ...first, clients: ["any"] }];
	expect(renderExports({ ...lab, storage: { ...lab.storage, exports } })).toContain("\n/srv/nfs *(rw,");
});

describe("the table that exportfs keeps", () => {
	test("is read with options once each, and with spaces in paths", () => {
		expect(parseTable("/srv/a\\040b\t192.0.2.0/24(rw,sync,insecure,sec=sys,rw)\n")).toEqual([
			{ path: "/srv/a b", client: "192.0.2.0/24", options: ["rw", "sync", "insecure", "sec=sys"] },
		]);
	});

	test("is not guessed at when a line has another form", () => {
		expect(() => parseTable("/srv/nfs *(rw\n")).toThrow(
			'expected "PATH CLIENT(OPTIONS)", found "/srv/nfs *(rw"',
		);
	});
});

describe("two tables", () => {
	const entry = (client: string, ...options: string[]) => ({ path: "/srv/nfs", client, options });
	const differences = (...tables: Parameters<typeof compareTables>) =>
		compareTables(...tables).map(renderDifference);

	test("are the same in any order", () => {
		const [one, other] = [entry("a", "rw", "sync"), entry("b", "ro")];
		expect(differences([one, other], [other, entry("a", "sync", "rw")])).toEqual([]);
	});

	test("differ by entries and by options, both ways", () => {
		expect(
			differences(
				[entry("a", "rw", "sync"), entry("b", "ro"), entry("c", "rw")],
				[entry("a", "rw", "async", "insecure"), entry("*", "ro"), entry("c", "rw", "fsid=3")],
			),
		).toEqual([
			"/srv/nfs for a: expected sync, found async,insecure",
			"/srv/nfs for b is not exported",
			"/srv/nfs for c: expected none, found fsid=3",
			"/srv/nfs for everybody is exported, and should not be",
		]);
	});

	test("are compared with a site by the options that a site states", () => {
		expect(
			statedOptions([entry("a", "rw", "wdelay", "hide", "insecure", "fsid=1", "anonuid=65534")]),
		).toEqual([entry("a", "rw", "insecure", "fsid=1")]);
	});
});

test("a table tried out is judged by its content, too: exportfs accepts most of what is wrong", () => {
	const options = (fsid: string) => ["rw", fsid];
	const entries = [
		{ path: "/srv/nfs", client: "*", options: options("fsid=0") },
		{ path: "/srv/a", client: "*", options: options("fsid=5") },
		{ path: "/srv/a", client: "192.0.2.1", options: options("fsid=5") },
		{ path: "srv/b", client: "*", options: options("fsid=5") },
	];
	expect([...tableProblems({ complaints: ["odd"], entries, etab: "" })]).toEqual([
		"exportfs: odd",
		"/srv/nfs is exported with fsid=0: as the NFSv4 root it makes mounts of its directories fail",
		"srv/b is a relative path",
		"srv/b has the fsid=5 of /srv/a",
	]);
});

describe("an export that goes away", () => {
	const removal = {
		exported: ["/srv", "/srv/nfs", "/srv/old"],
		proposed: ["/srv"],
		consumers: [{ path: "/srv/nfs/photos", construct: "platform/photos/volume" }],
		confirmed: [] as string[],
	};

	test("is missed by the volumes that it is the nearest export of", () => {
		expect([...removalProblems({ ...removal, confirmed: ["/srv/nfs", "/srv/old"] })]).toEqual([
			"/srv/nfs is removed, and 1 volume would lose it: platform/photos/volume",
		]);
	});

	test("wants to be named", () => {
		expect([...removalProblems({ ...removal, consumers: [], confirmed: ["/srv/nfs"] })]).toEqual([
			"/srv/old is removed: pass --remove /srv/old when that is meant, after its clients have unmounted it",
		]);
	});
});

test("shares of the site's server are found in volumes and classes, with the path that will be mounted", () => {
	const attributes = (server: string, share: string) => ({
		spec: [
			{
				persistent_volume_source: [
					{ csi: [{ driver: "nfs.csi.k8s.io", volume_attributes: { server, share } }] },
				],
			},
		],
	});
	const world = worldOf(
		stackOf({ kubernetes_persistent_volume_v1: attributes("127.0.0.1", "/srv/nfs//photos") }),
		stackOf({
			kubernetes_persistent_volume: attributes("192.0.2.99", "/srv/nfs/elsewhere"),
			kubernetes_storage_class_v1: {
				storage_provisioner: "nfs.csi.k8s.io",
				parameters: { server: "127.0.0.1", share: "/srv/nfs" },
			},
		}),
	);
	expect(nfsShares(world).map(({ resource, path }) => [resource.address, path])).toEqual([
		["kubernetes_persistent_volume_v1.it", "/srv/nfs/photos"],
		["kubernetes_storage_class_v1.it", "/srv/nfs"],
	]);
});
