import { describe, expect, test } from "vitest";
import { loadSite, siteNames } from "../../config/load-site.ts";
import { loadStacks } from "../../stacks/catalogue.ts";
import { testApp } from "../synth.ts";

const stacks = await loadStacks();

describe.for(siteNames)("site %s", (site) => {
	test.for(stacks.map(({ name }) => name))("stack %s is what was reviewed", async (name) => {
		const app = await testApp(stacks, await loadSite(site));
		const document = app.check().documents.find(({ stack }) => stack === name);
		await expect(`${JSON.stringify(document?.json, null, 2)}\n`).toMatchFileSnapshot(
			`./__snapshots__/${site}/${name}.cdk.tf.json`,
		);
	});

	test("breaks no rule", async () => {
		const app = await testApp(stacks, await loadSite(site));
		expect(app.check().findings).toEqual([]);
	});
});
