import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { objectsOf, renderCharts } from "../../../lab/products/render-charts.ts";
import { rules } from "../../../rules/catalogue/index.ts";
import { reviewWorld } from "../../../rules/check-world.ts";
import { podTemplates } from "../../../world/pods.ts";
import { type ReleaseObject, withReleaseObjects } from "../../../world/release-objects.ts";
import { releaseWaiversBelow, waiversBelow } from "../../../world/waiver.ts";
import type { World } from "../../../world/world.ts";
import { needsPrograms } from "../harness/programs.ts";
import { releasesOf, whyNotRendered } from "./releases.ts";

/** What charts make is in no document: here it is rendered as Terraform renders it, and judged like the rest. */
const programs = needsPrograms("terraform|tofu");
const missing = programs ? await whyNotRendered() : undefined;
const ready = programs && missing === undefined;
beforeEach(({ skip }) => skip(missing !== undefined, missing));
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-charts-`));
afterAll(() => rmSync(folder, { recursive: true }));

/** Rules about what Terraform does with its resources, which it does not do with objects of a release. */
const ofResources = new Set<string>([
	// Helm compares with what it installed before, not with what admission made of it.
	"admission-drift-ignored",
	// Helm installs definitions before objects of their kinds, and asks no server for them at plan time.
	"definition-apart",
	// The release is what a plan may destroy: its claims are kept by their controller.
	"stateful-protected",
	// Kyverno labels by the tier of the namespace, and so can do without that of a workload.
	"tier-label",
]);
const judging = rules.filter(({ id }) => !ofResources.has(id));

describe.each(["home", "lab"])("site %s", async (name) => {
	mkdirSync(join(folder, name));
	const { app, world, releases } = await releasesOf(name, join(folder, name, "out"));
	const charts = [...new Map(releases.map((one) => [one.chart, one])).values()];
	const here = releases.filter(({ folder }) => folder.get === undefined);
	let judged: World;

	beforeAll(async () => {
		if (!ready) return;
		const rendered = await renderCharts(
			here.map(({ render }) => render),
			join(folder, name),
		);
		const objects = new Map(
			here.map(({ resource }, index) => [resource.path, objectsOf<ReleaseObject>(rendered[index] ?? "")]),
		);
		judged = withReleaseObjects(world, objects);
	}, 60_000);

	test.for(charts)("$chart makes nothing that a rule forbids", ({ chart, folder: { get } }, { skip }) => {
		skip(get !== undefined, `chart ${chart} is not here: ${get} brings it`);
		const paths = here.filter((one) => one.chart === chart).map(({ resource }) => `${resource.path}/`);
		const waivers = releaseWaiversBelow(app).filter(({ path }) =>
			paths.some((prefix) => path.startsWith(prefix)),
		);
		const all = [...waivers, ...waiversBelow(app)];
		const { findings } = reviewWorld(app, judged, judging, all);
		const own = findings.filter(({ path }) => paths.some((prefix) => path.startsWith(prefix)));
		expect(own.map(({ path, rule, message }) => `${path}: ${rule}: ${message}`)).toEqual([]);
	});

	test("pods of charts are seen by the rules", ({ skip }) => {
		skip(here.length < releases.length, "some charts are not here");
		const seen = podTemplates(judged).filter(({ owner }) =>
			here.some(({ resource }) => owner.resource.path.startsWith(`${resource.path}/`)),
		);
		expect(seen.length).toBeGreaterThan(0);
		expect(seen.every(({ containers }) => containers.length > 0)).toBe(true);
	});
});
