import { relative } from "node:path/posix";
import { stringify } from "yaml";
import { type Handover, keptLines } from "./handover.ts";
import { heading } from "./heading.ts";

/** Name of the workflow that every project of the file uses. */
const workflow = "infra";

export interface AtlantisInput extends Handover {
	/** Command that writes the site's stacks, run in the root of the repository. */
	readonly synth: string;
	/** Files and patterns, relative to the repository, from which stacks are built. */
	readonly sources: readonly string[];
}

/**
 * An `atlantis.yaml` of version 3, for the root of the repository.
 *
 * Its keys: https://www.runatlantis.io/docs/repo-level-atlantis-yaml and https://www.runatlantis.io/docs/custom-workflows
 */
export function renderAtlantis(input: AtlantisInput): string {
	const { stacks, synth, sources } = input;
	const projects = stacks.map(({ name, folder, dependsOn, depth }) => ({
		name,
		dir: folder,
		workspace: "default",
		...(dependsOn.length > 0 && { depends_on: dependsOn }),
		execution_order_group: depth,
		autoplan: { enabled: true, when_modified: sources.map((path) => relative(folder, path)) },
		workflow,
	}));
	const [{ folder } = { folder: "." }] = stacks;
	// Steps run in the folder of the project; all of them are equally deep.
	const fromRoot = `cd ${relative(folder, ".")} && ${synth}`;
	const config = {
		version: 3,
		automerge: false,
		// Projects of one pull request share a clone, which every plan installs and writes anew.
		parallel_plan: false,
		parallel_apply: false,
		abort_on_execution_order_fail: true,
		projects,
		workflows: {
			[workflow]: {
				plan: { steps: [{ run: fromRoot }, "init", "plan"] },
				apply: { steps: ["apply"] },
			},
		},
	};
	return heading(notes(input)) + stringify(config, { aliasDuplicateObjects: false, lineWidth: 0 });
}

function notes(input: AtlantisInput): string[] {
	const local = input.stacks.filter(({ backend }) => backend.type === "local").map(({ name }) => name);
	return [
		"Written by infra export --engine atlantis.",
		"The server's repos.yaml must allow this repository the workflow (allowed_overrides: [workflow],",
		"allow_custom_workflows: true), and write the stacks before projects are looked for, since Atlantis passes over",
		"a project without a folder:",
		"  pre_workflow_hooks:",
		`    - run: ${input.synth}`,
		...keptLines(input),
		...(local.length > 0
			? [
					`The state of ${local.join(", ")} is a local file in Atlantis' clone, which goes with the pull request:`,
					"good for a trial, and for nothing that is to stay.",
				]
			: []),
	];
}
