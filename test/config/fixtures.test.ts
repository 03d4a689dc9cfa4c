import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseSite } from "../../config/parse-site.ts";
import { ConfigError } from "../../config/schema/problem.ts";
import lab from "../../config/sites/lab.ts";
import { mergePatch } from "../merge-patch.ts";

/** Each fixture is the lab site with a merge patch; its file name says what is right or wrong with it. */
function fixtures(kind: string) {
	const folder = new URL(`./${kind}/`, import.meta.url);
	return readdirSync(folder).map((file) => {
		const { patch, problems } = JSON.parse(readFileSync(new URL(file, folder), "utf8"));
		return { name: file.replace(/\.json$/, ""), site: mergePatch(lab, patch), problems };
	});
}

function problemsOf(site: unknown): string[] {
	try {
		parseSite(site);
		return [];
	} catch (error) {
		if (!(error instanceof ConfigError)) throw error;
		return error.problems.map(({ path, message }) => `${path}: ${message}`);
	}
}

test.for(fixtures("valid"))("a site is valid: $name", ({ site }) => {
	expect(problemsOf(site)).toEqual([]);
});

test.for(fixtures("invalid"))("a site is invalid: $name", ({ site, problems }) => {
	expect(problemsOf(site).sort()).toEqual([...problems].sort());
});
