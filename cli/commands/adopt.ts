import { Command } from "@commander-js/extra-typings";
import type { Project } from "../../engine/project.ts";
import { print } from "../../terminal/output.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { collect } from "./collect.ts";
import { examples } from "./examples.ts";

const defaultFolder = "adopt";

export function adoptCommand(project: Project) {
	return new Command("adopt")
		.description(
			"take over what older states of Terraform or Terragrunt hold, and what runs, without a destroy",
		)
		.addHelpText(
			"after",
			examples(
				[
					"infra adopt scan --state old/redis.tfstate --state pg:mailserver",
					"what would be taken over; nothing written",
				],
				["infra adopt map --state old/redis.tfstate", "write adopt/<stack>.yaml, to review and edit"],
				[
					"infra adopt plan",
					"plan every stack on copies of the states; ends with 1 when something is refused",
				],
				["infra adopt apply", "write the states, plan again"],
				["infra adopt undo redis", "the states as they were before"],
				["infra adopt report --out report.md", "what differs, per object"],
			),
		)
		.addCommand(scanCommand(project))
		.addCommand(mapCommand(project))
		.addCommand(planCommand(project))
		.addCommand(applyCommand(project))
		.addCommand(undoCommand(project))
		.addCommand(reportCommand(project));
}

const stateOption = [
	"--state <state>",
	"a state file, in the clear or of SOPS, or pg:SCHEMA with the login in PG_CONN_STR; repeatable",
] as const;
const folderOption = ["--folder <path>", "folder of the maps", defaultFolder] as const;

function scanCommand(project: Project) {
	return new Command("scan")
		.description("count what would be taken over, and name what needs an answer; nothing is written")
		.option(...stateOption, collect, [])
		.option("--json", "print all of it as JSON")
		.action(async ({ state, json = false }) => {
			const { renderScan, scanned } = await scanning(project, state);
			if (json) {
				const { printJson } = await import("../../terminal/output.ts");
				return printJson({ objects: scanned.suggestions, errors: scanned.errors });
			}
			print(renderScan(scanned));
			for (const { entry } of scanned.suggestions)
				if (entry.how === "ask") print(`  ${entry.from} of ${entry.state}: ${entry.reason}`);
		});
}

function mapCommand(project: Project) {
	return new Command("map")
		.description(
			"write a map per stack: what happens to each object; entries that are there stay as they are",
		)
		.option(...stateOption, collect, [])
		.option(...folderOption)
		.action(async ({ state, folder }) => {
			const { readMaps } = await import("../adopt/map-file.ts");
			const known = [...new Set(readMaps(folder).flatMap(({ states }) => states))];
			const states = [...new Set([...known, ...state])];
			const { renderScan, writeMaps, scanned, world } = await scanning(project, states);
			print(renderScan(scanned));
			for (const line of writeMaps(folder, scanned, { world, states })) print(line);
		});
}

async function scanning(project: Project, states: readonly string[]) {
	if (states.length === 0) throw new UsageError("no state is named", "--state <file>, or --state pg:SCHEMA");
	const [{ heldObjects, openForAdoption }, { scan, renderScan, writeMaps }, { printProgress }] =
		await Promise.all([
			import("../adopt/open.ts"),
			import("../adopt/make-map.ts"),
			import("../../terminal/output.ts"),
		]);
	const { stacks, world } = await openForAdoption(project, []);
	const scanned = await scan(states, { world, held: await heldObjects(stacks) });
	for (const error of scanned.errors) printProgress(`not all of the world could be asked: ${error}`);
	return { renderScan, writeMaps, scanned, world };
}

function planCommand(project: Project) {
	return new Command("plan")
		.description(
			"plan stacks on copies of the states that they would get; ends with 1 when something is refused",
		)
		.argument("[stack...]", "stacks; all that have a map when none is named")
		.option(...folderOption)
		.action(async (names, { folder }) => {
			const { planAdoption } = await import("../adopt/run.ts");
			if (await planAdoption({ project, folder, names })) process.exitCode = 1;
		});
}

function applyCommand(project: Project) {
	return new Command("apply")
		.description(
			"write the states: that of the stack first, then those that lose its objects; then plan again",
		)
		.argument("[stack...]", "stacks; all that have a map when none is named")
		.option(...folderOption)
		.option("--yes", "do not ask")
		.action(async (names, { folder, yes = false }) => {
			const [{ applyAdoption }, { ask, requireTerminal }] = await Promise.all([
				import("../adopt/run.ts"),
				import("../../terminal/prompt.ts"),
			]);
			if (!yes) requireTerminal("adopt apply", "--yes");
			await applyAdoption(
				{ project, folder, names },
				async (stack) => yes || /^y(es)?$/i.test(await ask(`Write the states of ${stack}? (y/N) `)),
			);
		});
}

function undoCommand(project: Project) {
	return new Command("undo")
		.description("put the states back as they were before the newest adoption of stacks")
		.argument("<stack...>")
		.option(...folderOption)
		.action(async (names, { folder }) => {
			const { undoAdoption } = await import("../adopt/run.ts");
			await undoAdoption({ project, folder, names });
		});
}

function reportCommand(project: Project) {
	return new Command("report")
		.description("say per object what is adopted and what differs, as Markdown")
		.argument("[stack...]", "stacks; all that have a map when none is named")
		.option(...folderOption)
		.option("--out <file>", "write it there. Default: the standard output")
		.action(async (names, { folder, out }) => {
			const { adoptionReport } = await import("../adopt/run.ts");
			const text = await adoptionReport({ project, folder, names });
			if (out === undefined) process.stdout.write(text);
			else (await import("node:fs")).writeFileSync(out, text);
		});
}
