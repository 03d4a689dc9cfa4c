import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "../../../config/project-root.ts";
import { chartFolder } from "../../../lab/products/chart-cache.ts";
import { temporaryFolder } from "../../synth.ts";

test("a chart of this repository lies where the stack's folder leads to", () => {
	expect(chartFolder({ chart: "../../../lab/charts/stand-in", version: "1.0.0" })).toEqual({
		folder: join(projectRoot, "lab/charts/stand-in"),
	});
});

test.for([
	["https://charts.example.org", "helm pull web --repo https://charts.example.org --version 1.2.3"],
	["oci://charts.example.org/all", "helm pull oci://charts.example.org/all/web --version 1.2.3"],
] as const)(
	"a chart of %s that is not here comes with the command that brings it",
	([repository, command]) => {
		const cache = temporaryFolder();
		const given = { repository, chart: "web", version: "1.2.3" };
		const absent = chartFolder(given, cache);
		expect(absent.get).toBe(`${command} --untar --untardir ${cache}/web-1.2.3`);
		// Where the command unpacks it.
		mkdirSync(join(cache, "web-1.2.3/web"), { recursive: true });
		writeFileSync(join(cache, "web-1.2.3/web/Chart.yaml"), "");
		expect(chartFolder(given, cache)).toEqual({ folder: absent.folder });
		expect(chartFolder({ ...given, version: "1.2.4" }, cache).get).toBeDefined();
	},
);
