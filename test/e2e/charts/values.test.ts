import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type ChartRender, renderCharts } from "../../../lab/products/render-charts.ts";
import storageKeys from "../../unit/storage/chart-keys.json" with { type: "json" };
import vaultKeys from "../../unit/vault/chart-keys.json" with { type: "json" };
import woodpeckerKeys from "../../unit/woodpecker/chart-keys.json" with { type: "json" };
import { needsPrograms } from "../harness/programs.ts";
import { releasesOf, whyNotRendered } from "./releases.ts";

/** A key that a chart does not know is a wish that nobody hears: Helm ignores it, and so would a review. */
const missing = needsPrograms("terraform|tofu") ? await whyNotRendered() : undefined;
beforeEach(({ skip }) => skip(missing !== undefined, missing));
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-values-`));
afterAll(() => rmSync(folder, { recursive: true }));

/** Keys that change nothing today, each with what it is there for. */
const withoutEffect: Readonly<Record<string, Readonly<Record<string, string>>>> = {
	vault: {
		"global.enabled": "the chart's own default, beside which other keys are read",
		"server.standalone.enabled": "`ha.enabled` wins over it: it says what is meant",
	},
	"pvc-autoresizer": {
		"webhook.certificate.generate": "read where the webhook is on",
	},
};

type Values = Record<string, unknown>;
type Path = readonly string[];

const isObject = (value: unknown): value is Values =>
	typeof value === "object" && value !== null && !Array.isArray(value);

/** Paths of everything that is set. */
const leavesOf = (value: Values, above: Path = []): Path[] =>
	Object.entries(value).flatMap(([key, entry]) =>
		isObject(entry) ? leavesOf(entry, [...above, key]) : [[...above, key]],
	);

/** A copy with another value at a path; without the key where there is none. */
function changed(value: Values, [key = "", ...rest]: Path, to: unknown): Values {
	if (rest.length > 0) return { ...value, [key]: changed(value[key] as Values, rest, to) };
	const { [key]: _, ...others } = value;
	return to === undefined ? others : { ...others, [key]: to };
}

const at = (value: Values, path: Path): unknown =>
	path.reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), value);

/** A value of the same kind that is not the one that is set. */
function other(value: unknown): unknown {
	if (typeof value === "boolean") return !value;
	if (typeof value === "number") return value + 1;
	if (Array.isArray(value)) return [];
	return `${value}x`;
}

const { releases } = await releasesOf("home", join(folder, "out"));
/** Releases that set the same keys of a chart are tried once. */
const different = [
	...new Map(
		releases.map((one) => [`${one.chart} ${leavesOf(one.render.values as Values).join()}`, one]),
	).values(),
];

describe("values of a release", () => {
	test.for(different)(
		"$chart of $resource.path: each key has an effect",
		{ timeout: 240_000 },
		async (release, { skip }) => {
			const { chart, render, folder: source, resource } = release;
			skip(source.get !== undefined, `chart ${chart} is not here: ${source.get} brings it`);
			const values = render.values as Values;
			const leaves = leavesOf(values);
			const own = join(folder, resource.path.replaceAll("/", "-"));
			mkdirSync(own);
			const variant = (path: Path, to: unknown): ChartRender => ({
				...render,
				values: changed(values, path, to),
			});
			const silent = await unheard(
				render,
				leaves.map((path) => ({ path, render: variant(path, undefined) })),
				join(own, "without"),
			);
			const dead = await unheard(
				render,
				silent.map((path) => ({ path, render: variant(path, other(at(values, path))) })),
				join(own, "other"),
			);
			const known = withoutEffect[chart.split(" ")[0] ?? ""] ?? {};
			expect(dead.map((path) => path.join("."))).toEqual(
				Object.keys(known).filter((key) => leaves.some((path) => path.join(".") === key)),
			);
		},
	);
});

/** What the tests without charts know of them, by chart. */
const kept: Readonly<Record<string, { readonly version: string; readonly keys: readonly string[] }>> = {
	...storageKeys,
	vault: vaultKeys,
	woodpecker: woodpeckerKeys,
};

test.for(Object.entries(kept))(
	"the keys of the chart %s that are kept are its own",
	([name, facts], { skip }) => {
		const release = releases.find(({ chart }) => chart === `${name} ${facts.version}`);
		expect(release, `no release of ${name} ${facts.version}`).toBeDefined();
		const { folder: source } = release ?? {};
		skip(source?.get !== undefined, `chart ${name} is not here: ${source?.get} brings it`);
		const defaults = defaultsOf(source?.folder ?? "");
		const unknown = facts.keys.filter((key) =>
			defaults.every((values) => at(values, key.split(".")) === undefined),
		);
		expect(unknown).toEqual([]);
	},
);

/** Default values of a chart, and those of each of its parts. */
function defaultsOf(chart: string): Values[] {
	const parts = join(chart, "charts");
	const own: Values = parse(readFileSync(join(chart, "values.yaml"), "utf8"));
	const inner = existsSync(parts) ? readdirSync(parts) : [];
	return [
		own,
		...inner.flatMap((part) => defaultsOf(join(parts, part)).map((values) => ({ [part]: values }))),
	];
}

/** Changes under which everything is rendered as it was. */
async function unheard(
	render: ChartRender,
	changes: readonly { readonly path: Path; readonly render: ChartRender }[],
	own: string,
): Promise<readonly Path[]> {
	if (changes.length === 0) return [];
	mkdirSync(own);
	const [now, ...then] = await renderCharts([render, ...changes.map((change) => change.render)], own);
	return changes.filter((_, index) => then[index] === now).map(({ path }) => path);
}
