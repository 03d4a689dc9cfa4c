import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeEach, expect, test } from "vitest";
import { type ChartRender, objectsOf, renderCharts } from "../../../lab/products/render-charts.ts";
import { claimValues } from "../../../review/kubernetes/chart-claims.ts";
import { mergePatch } from "../../merge-patch.ts";
import vaultKeys from "../../unit/vault/chart-keys.json" with { type: "json" };
import { needsPrograms } from "../harness/programs.ts";
import { releasesOf, type StackRelease, whyNotRendered } from "./releases.ts";

/** What a review knows of claim templates in charts is what the charts make of their values. */
const missing = needsPrograms("terraform|tofu") ? await whyNotRendered() : undefined;
beforeEach(({ skip }) => skip(missing !== undefined, missing));
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-claims-`));
afterAll(() => rmSync(folder, { recursive: true }));

const { releases } = await releasesOf("home", join(folder, "out"));
const nameOf = ({ chart }: StackRelease) => chart.split(" ")[0] ?? "";

interface RenderedObject {
	readonly kind: string;
	readonly spec?: { readonly volumeClaimTemplates?: readonly unknown[] };
}

/** Templates of claims of each release. */
async function templatesOf(renders: readonly ChartRender[], name: string): Promise<readonly unknown[][]> {
	const own = join(folder, name);
	mkdirSync(own);
	return (await renderCharts(renders, own)).map((rendered) =>
		objectsOf<RenderedObject>(rendered).flatMap(({ spec }) => spec?.volumeClaimTemplates ?? []),
	);
}

test("charts whose releases have claim templates are known", { timeout: 240_000 }, async ({ skip }) => {
	const absent = releases.find((one) => one.folder.get !== undefined);
	skip(absent !== undefined, `chart ${absent?.chart} is not here: ${absent?.folder.get} brings it`);
	const templates = await templatesOf(
		releases.map(({ render }) => render),
		"all",
	);
	const names = releases.filter((_, index) => templates[index]?.length).map(nameOf);
	expect(new Set(names)).toEqual(new Set(Object.keys(claimValues)));
});

/** Another value of a key, by its last word. */
const others: Readonly<Record<string, unknown>> = {
	enabled: false,
	annotations: { other: "one" },
	labels: { other: "one" },
};

test("values of Vault's chart that become claim templates", { timeout: 240_000 }, async ({ skip }) => {
	const release = releases.find((one) => nameOf(one) === "vault") as StackRelease;
	skip(release.folder.get !== undefined, `chart vault is not here: ${release.folder.get} brings it`);
	const keys = vaultKeys.keys.filter((key) => /^server\.\w+Storage\./.test(key));
	const variants = keys.map((key) => ({
		...release.render,
		values: mergePatch(release.render.values, patchOf(key)) as object,
	}));
	const [now, ...then] = await templatesOf([release.render, ...variants], "vault");
	const different = keys.filter((_, index) => !isDeepStrictEqual(then[index], now));
	const known = Object.entries(claimValues.vault ?? {}).flatMap(([parent, names]) =>
		names.map((one) => `${parent}.${one}`),
	);
	expect(different.toSorted()).toEqual(known.toSorted());
});

function patchOf(path: string): object {
	const keys = path.split(".");
	const other = others[keys.at(-1) ?? ""] ?? "other";
	return keys.reduceRight<unknown>((inner, key) => ({ [key]: inner }), other) as object;
}
