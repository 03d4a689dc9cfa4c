import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { environmentVariables } from "../../../cli/docs/environment-table.ts";

/** Set by the project for the engine and its own benchmarks only. */
const internal = ["CDKTN_DISABLE_CREATION_STACK", "BENCH_USAGE", "INFRA_TERRAFORM"];

test("the documentation lists the environment variables that the code reads, and no other", () => {
	const files = globSync(
		"{*.ts,{cli,clients,config,constructs,engine,lab,providers,rules,stacks,terminal,test/bench}/**/*.{ts,js}}",
	);
	const table = "cli/docs/environment-table.ts";
	const texts = files.filter((file) => file !== table).map((file) => readFileSync(file, "utf8"));
	const read = texts.flatMap((text) => [
		...[...text.matchAll(/process\.env\.([A-Z_]+)/g)].map(([, name]) => name),
		...[...text.matchAll(/\{([^}]*)\} = process\.env\b/g)].flatMap(
			([, names = ""]) => names.match(/[A-Z_]{2,}/g) ?? [],
		),
	]);
	const known = [...Object.keys(environmentVariables), ...internal];
	expect([...new Set(read)].filter((name) => !known.includes(String(name)))).toEqual([]);
	// Node.js reads it for us.
	const unread = known.filter((name) => name !== "NO_COLOR" && !texts.some((text) => text.includes(name)));
	expect(unread).toEqual([]);
});
