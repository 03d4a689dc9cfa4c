import { Command } from "@commander-js/extra-typings";
import type { Project } from "../../engine/project.ts";
import { print } from "../../terminal/output.ts";
import { examples } from "./examples.ts";

export function secretsCommand(project: Project) {
	return new Command("secrets")
		.description(
			"what a site needs before Vault is there: files of its own in secrets/, encrypted for its keys of age",
		)
		.addHelpText(
			"after",
			examples(
				["infra secrets edit providers.yaml --site home", "in your editor; the text is in memory alone"],
				["infra secrets check", "whether anything that git has, or would take, is in the clear"],
				["infra secrets rotate --site home", "after a key was added or taken out"],
			),
		)
		.addCommand(editCommand(project))
		.addCommand(checkCommand(project))
		.addCommand(rotateCommand(project));
}

function editCommand(project: Project) {
	return new Command("edit")
		.description("open a secret of the site in the editor, and encrypt what is saved; a new one is made")
		.argument("<file>", "its name, which ends in .yaml or .json")
		.action(async (name) => {
			const { editSecrets, secretsOf } = await import("../secrets/change-secrets.ts");
			await editSecrets(name, secretsOf(await project.loadSite()));
		});
}

function checkCommand(project: Project) {
	return new Command("check")
		.description(
			"find what is in the clear, or encrypted for others than the site names; ends with 1 when it does",
		)
		.action(async () => {
			const [{ findClearText }, { secretsIn }, { projectRoot }] = await Promise.all([
				import("../secrets/check-tree.ts"),
				import("../secrets/change-secrets.ts"),
				import("../../config/project-root.ts"),
			]);
			const found = findClearText(projectRoot, secretsIn(await project.loadSite()));
			for (const { file, problem } of found) print(`${file}: ${problem}`);
			if (found.length === 0) print("nothing is in the clear");
			else process.exitCode = 1;
		});
}

function rotateCommand(project: Project) {
	return new Command("rotate")
		.description(
			"encrypt the secrets of the site and its states of tier 0 once more, for the keys of today alone",
		)
		.action(async () => {
			const [{ rotateSecrets, secretsOf }, { rotateState }] = await Promise.all([
				import("../secrets/change-secrets.ts"),
				import("../state/rotate-state.ts"),
			]);
			for (const file of await rotateSecrets(secretsOf(await project.loadSite()))) print(file);
			for (const { name, stateTier } of project.catalogue) {
				const file = stateTier === 0 ? await rotateState(project, name) : undefined;
				if (file !== undefined) print(file);
			}
			print("what git has of them stays open to the keys of before: change the secrets themselves");
		});
}
