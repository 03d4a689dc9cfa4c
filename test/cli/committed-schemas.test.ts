import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { projectRoot } from "../../config/project-root.ts";
import { schemaFolder } from "../../providers/schema/committed.ts";
import { refreshSchemas } from "../../providers/schema/refresh.ts";
import { typesInUse } from "../../providers/schema/types-in-use.ts";
import { installed, lockedRequirement } from "../unit/schema/installed.ts";

const inUse = [...new Set(typesInUse(projectRoot).map(({ type }) => type.split("_")[0] ?? ""))];

describe.for(inUse)("The compact schema of %s", (name) => {
	test("is what the installed provider says today", async (context) => {
		const full = await installed(name);
		if (typeof full === "string") return context.skip(full);
		const folder = await mkdtemp(join(tmpdir(), "infra-schemas-"));
		context.onTestFinished(() => rm(folder, { recursive: true }));
		const requirement = lockedRequirement(name);
		if (requirement === undefined) throw new Error(`${name} is not locked`);
		await refreshSchemas({ root: projectRoot, providers: { [name]: requirement }, only: [name], folder });
		const file = `${name}.json`;
		expect(await readFile(join(schemaFolder, file), "utf8")).toBe(await readFile(join(folder, file), "utf8"));
	});
});

test("There is a compact schema for each provider in use, and no other", async () => {
	expect(await readdir(schemaFolder)).toEqual(inUse.sort().map((name) => `${name}.json`));
});
