import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { boundaryRows } from "../../../cli/docs/boundary-rows.ts";
import { projectRoot } from "../../../config/project-root.ts";
import { attackers } from "../../e2e/boundary/attackers/index.ts";
import { recordFile, recordOf } from "../../e2e/boundary/record.ts";

test("the documentation has every attack of the suite, and each held in the recorded run", () => {
	const record = JSON.parse(readFileSync(recordFile, "utf8"));
	expect(record, "npm run boundary writes it").toEqual(recordOf(attackers, record.versions));
	for (const { on } of record.attacks) expect(record.versions[on], on).toMatch(/^v?\d/);
});

test("every attack belongs to a boundary, and no two are told in the same words", () => {
	const attacks = attackers.flatMap(({ who, attacks }) => attacks.map((attack) => ({ who, ...attack })));
	const ids = boundaryRows.map(({ id }) => id);
	expect(attacks.filter(({ row }) => !ids.includes(row))).toEqual([]);
	const told = attacks.map(({ row, who, tries }) => `${row} ${who} ${tries}`);
	expect(told).toEqual([...new Set(told)]);
});

test.for(boundaryRows.filter(({ more }) => more.length > 0))(
	"the tests that $id names are there",
	({ more }) => {
		const lost = more.filter((name) => !existsSync(`${projectRoot}/test/e2e/${name}.test.ts`));
		expect(lost).toEqual([]);
	},
);
