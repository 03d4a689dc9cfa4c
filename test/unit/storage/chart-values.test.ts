import { describe, expect, test } from "vitest";
import { loadSite } from "../../../config/load-site.ts";
import { minutes } from "../../../config/schema/duration.ts";
import { autoresizerValues } from "../../../constructs/storage/autoresizer.ts";
import { nfsCsiValues } from "../../../constructs/storage/csi/nfs-values.ts";
import { proxmoxCsiValues } from "../../../constructs/storage/csi/proxmox-values.ts";
import { unknownKeys } from "../../chart-keys.ts";
import charts from "./chart-keys.json" with { type: "json" };

const site = await loadSite("home");
const values = {
	proxmoxCsi: proxmoxCsiValues(site, { secret: "config", revision: 1 }),
	nfsCsi: nfsCsiValues(site),
	autoresizer: autoresizerValues({ prometheus: "http://prometheus.example.org" }, minutes(10)),
};

const unknownIn = (chart: keyof typeof charts, given: object) => unknownKeys(charts[chart].keys, given);

describe.for(["proxmoxCsi", "nfsCsi", "autoresizer"] as const)("the values of %s", (name) => {
	const { chart, version } = site.storage.charts[name];

	test("are all known to the chart", () => {
		expect(unknownIn(chart as keyof typeof charts, values[name])).toEqual([]);
	});

	test("are compared with the version that is installed", () => {
		expect(charts[chart as keyof typeof charts].version).toBe(version);
	});
});

test("keys that never had an effect are found", () => {
	const misplaced = { controller: { replicas: 2, resources: { limits: { memory: "64Mi" } } } };
	expect(unknownIn("proxmox-csi-plugin", misplaced)).toEqual([
		"controller.replicas",
		"controller.resources.limits.memory",
	]);
	expect(unknownIn("csi-driver-nfs", { controller: { livenessProbe: { httpPort: 29653 } } })).toEqual([
		"controller.livenessProbe.httpPort",
	]);
});
