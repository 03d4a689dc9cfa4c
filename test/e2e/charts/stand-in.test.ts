import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { projectRoot } from "../../../config/project-root.ts";
import { infrastructureRelease } from "../../../constructs/woodpecker/agent-environment.ts";
import { objectsOf, renderCharts } from "../../../lab/products/render-charts.ts";
import { needsPrograms } from "../harness/programs.ts";
import { releasesOf, whyNotRendered } from "./releases.ts";

needsPrograms("terraform|tofu");
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-stand-in-`));
afterAll(() => rmSync(folder, { recursive: true }));

interface Right {
	readonly kind: string;
	readonly metadata: { readonly name: string; readonly namespace?: string };
	readonly rules?: readonly unknown[];
	readonly subjects?: readonly unknown[];
	readonly roleRef?: object;
}

test("the lab's stand-in of the CI server's chart gives an agent the account and rights of the chart", async ({
	skip,
}) => {
	const missing = await whyNotRendered();
	skip(missing !== undefined, missing);
	const { releases } = await releasesOf("lab", join(folder, "out"));
	const release = releases.find(({ render }) => render.name === infrastructureRelease);
	if (release === undefined) throw new Error(`there is no release ${infrastructureRelease}`);
	const { get } = release.folder;
	skip(get !== undefined, `chart ${release.chart} is not here: ${get} brings it`);
	const { render } = release;
	const standIn = { ...render, chart: join(projectRoot, "lab/charts/stand-in") };
	const [real, own] = (await renderCharts([render, standIn], folder)).map((text) =>
		objectsOf<Right>(text)
			.filter(({ kind }) => /^(ServiceAccount|(Cluster)?Role(Binding)?)$/.test(kind))
			.map(({ kind, metadata, rules, subjects, roleRef }) => ({
				kind,
				name: metadata.name,
				namespace: metadata.namespace ?? render.namespace,
				rules,
				subjects,
				roleRef,
			}))
			.sort((one, other) => one.kind.localeCompare(other.kind)),
	);
	expect(real).toHaveLength(3);
	expect(own).toEqual(real);
}, 120_000);
