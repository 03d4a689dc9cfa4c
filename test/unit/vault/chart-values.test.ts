import { expect, test } from "vitest";
import { loadSite } from "../../../config/load-site.ts";
import { vaultValues } from "../../../constructs/vault/server/values.ts";
import { unknownKeys } from "../../chart-keys.ts";
import chart from "./chart-keys.json" with { type: "json" };

const site = await loadSite("home");

test("the values of the server are all known to the chart", () => {
	expect(unknownKeys(chart.keys, vaultValues(site, "vault-auto-unseal"))).toEqual([]);
});

test("the values of the server are compared with the version that is installed", () => {
	const { server } = site.vault;
	expect(server.kind === "chart" && server.chart.version).toBe(chart.version);
});
