import { expect, test } from "vitest";
import { commandsFor } from "../../../cli/command-table.ts";
import { openProject } from "../../../engine/project.ts";

const project = openProject(() => ({ site: "lab", chosenBy: "a test" }));
const namesFor = async (...args: string[]) =>
	(await commandsFor(args, { project, openSite: () => project })).map((command) => command.name());
const all = await namesFor();

test("every command is found by its name, and loads no other one", async () => {
	expect(all).toContain("plan");
	for (const name of all) expect(await namesFor(name, "--help")).toEqual([name]);
});

test.for<[readonly string[], readonly string[]]>([
	[["--site", "home", "plan", "redis"], ["plan"]],
	[["--site", "plan", "deploy"], ["deploy"]],
	[["--site=home", "--debug", "state", "show", "plan"], ["state"]],
	[["help", "plan"], all],
	[["--help", "plan"], all],
	[["-h", "plan"], all],
	[["--site", "plan"], all],
	[["plam"], all],
	[["toString"], all],
	[["--version"], all],
	[[], all],
])("%j needs %j", async ([args, names]) => {
	expect(await namesFor(...args)).toEqual(names);
});
