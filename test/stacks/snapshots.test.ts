import { describe, expect, test } from "vitest";
import { loadSite, siteNames } from "../../config/load-site.ts";
import { loadStacks } from "../../stacks/catalogue.ts";
import type { Json } from "../../world/world.ts";
import { testApp } from "../synth.ts";
import { siteDifference } from "./site-difference.ts";

const stacks = await loadStacks();
const names = stacks.map(({ name }) => name);

/** The site whose stacks are kept whole; of the others the difference is kept, so that a change is read once. */
const whole = "lab";

async function documentOf(site: string, stack: string): Promise<Json> {
	const app = await testApp(stacks, await loadSite(site));
	const document = app.check().documents.find((one) => one.stack === stack);
	if (document === undefined) throw new Error(`site ${site} has no stack ${stack}`);
	return JSON.parse(JSON.stringify(document.json));
}

const text = (value: Json) => `${JSON.stringify(value, null, 2)}\n`;

test.for(names)(`stack %s of site ${whole} is what was reviewed`, async (name) => {
	await expect(text(await documentOf(whole, name))).toMatchFileSnapshot(
		`./__snapshots__/${whole}/${name}.cdk.tf.json`,
	);
});

describe.for(siteNames.filter((site) => site !== whole))("site %s", (site) => {
	test.for(names)(`stack %s differs from that of ${whole} as was reviewed`, async (name) => {
		const difference = siteDifference(await documentOf(whole, name), await documentOf(site, name));
		await expect(text(difference ?? {})).toMatchFileSnapshot(
			`./__snapshots__/${site}/${name}.difference.json`,
		);
	});
});

test.for(siteNames)("site %s breaks no rule", async (site) => {
	const app = await testApp(stacks, await loadSite(site));
	expect(app.check().findings).toEqual([]);
});
