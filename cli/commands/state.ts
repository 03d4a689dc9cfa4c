import { Command } from "@commander-js/extra-typings";
import type { Project } from "../../engine/project.ts";
import { foreignText } from "../../terminal/foreign-text.ts";
import { print, printJson } from "../../terminal/output.ts";
import { examples } from "./examples.ts";
import {
	mergeCommand,
	moveCommand,
	resumeCommand,
	retypeCommand,
	splitCommand,
	undoCommand,
} from "./state-rewrite.ts";

export function stateCommand(project: Project) {
	return new Command("state")
		.description("what is kept of a stack's objects: look, take out, put back, rewrite, and free its lock")
		.addHelpText(
			"after",
			examples(
				["infra state history vault", "who did what to it, from which commit, and what came of it"],
				["infra state unlock vault --holder ann@desk", "when who holds the lock is gone for certain"],
				["infra state rollback vault 41", "names what is lost, then asks"],
			),
		)
		.addCommand(historyCommand(project))
		.addCommand(showCommand(project))
		.addCommand(pullCommand(project))
		.addCommand(pushCommand(project))
		.addCommand(rollbackCommand(project))
		.addCommand(moveCommand(project))
		.addCommand(retypeCommand(project))
		.addCommand(splitCommand(project))
		.addCommand(mergeCommand(project))
		.addCommand(resumeCommand(project))
		.addCommand(undoCommand(project))
		.addCommand(unlockCommand(project));
}

function historyCommand(project: Project) {
	return new Command("history")
		.description("list what was done to the state of a stack, the oldest first")
		.argument("<stack>")
		.option("--json", "print it as JSON, with whole digests")
		.action(async (name, { json = false }) => {
			const [{ placeOfState }, { historyOf, renderHistory }] = await Promise.all([
				import("../state/open-state.ts"),
				import("../state/history.ts"),
			]);
			const lines = historyOf((await placeOfState(project, name)).folder);
			if (json) printJson(lines);
			else print(renderHistory(lines));
		});
}

function showCommand(project: Project) {
	return new Command("show")
		.description("print the version, the lock and the objects of a state; no values")
		.argument("<stack>")
		.option("--json", "print it as JSON")
		.action(async (name, { json = false }) => {
			const [{ placeOfState }, { describeState, renderState }] = await Promise.all([
				import("../state/open-state.ts"),
				import("../state/describe-state.ts"),
			]);
			const described = await describeState(await placeOfState(project, name));
			if (json) printJson(described);
			else print(renderState(described));
		});
}

function pullCommand(project: Project) {
	return new Command("pull")
		.description("print a state in the clear, with everything secret that it holds")
		.argument("<stack>")
		.option("--serial <number>", "an earlier version of it")
		.action(async (name, { serial }) => {
			const [{ placeOfState }, { pulledState }] = await Promise.all([
				import("../state/open-state.ts"),
				import("../state/describe-state.ts"),
			]);
			process.stdout.write(await pulledState(await placeOfState(project, name), serial));
		});
}

function pushCommand(project: Project) {
	return new Command("push")
		.description("put a state in the place of the stored one, as its next version")
		.argument("<stack>")
		.argument("<file>", "a state in the clear; - for the standard input")
		.option("--confirm-loss", "do not ask: what is named may be lost")
		.action(async (name, file, { confirmLoss = false }) => {
			const [{ placeOfState }, { changeState }, { readFileSync }] = await Promise.all([
				import("../state/open-state.ts"),
				import("../state/change-state.ts"),
				import("node:fs"),
			]);
			const place = await placeOfState(project, name);
			const text = readFileSync(file === "-" ? 0 : file, "utf8");
			const confirm = confirmation("push", confirmLoss);
			const serial = await changeState({ place, what: "push", choose: async () => text, confirm });
			print(`the state of ${name} has serial ${serial} now`);
		});
}

function rollbackCommand(project: Project) {
	return new Command("rollback")
		.description("put an earlier version of a state in the place of the stored one, as its next version")
		.argument("<stack>")
		.argument("<serial>", "of a version that infra state show lists")
		.option("--confirm-loss", "do not ask: what is named may be lost")
		.action(async (name, serial, { confirmLoss = false }) => {
			const [{ placeOfState }, { changeState }, { versionOf }] = await Promise.all([
				import("../state/open-state.ts"),
				import("../state/change-state.ts"),
				import("../state/describe-state.ts"),
			]);
			const now = await changeState({
				place: await placeOfState(project, name),
				what: "rollback",
				note: `to serial ${serial}`,
				choose: (state) => versionOf(state, serial),
				confirm: confirmation("rollback", confirmLoss),
			});
			print(`the state of ${name} is that of serial ${serial} again, and has serial ${now} now`);
		});
}

function unlockCommand(project: Project) {
	return new Command("unlock")
		.description("free the lock of a state whose holder is gone; the journal has who did")
		.argument("<stack>")
		.requiredOption("--holder <name>", "who holds it, as the refusal names it: user@host")
		.option("--give-up-move", "forget a move that is half done, which neither resume nor undo can end")
		.action(async (name, { holder, giveUpMove = false }) => {
			if (giveUpMove) {
				const { giveUpMove: giveUp } = await import("../state/give-up-move.ts");
				for (const line of await giveUp(project, name, holder)) print(foreignText(line));
				print(
					"what is in both, or in neither, is planned wrongly: infra state rollback, before the next deploy",
				);
				return;
			}
			const [{ placeOfState }, { unlockState }] = await Promise.all([
				import("../state/open-state.ts"),
				import("../state/unlock.ts"),
			]);
			print(`freed ${await unlockState(await placeOfState(project, name), holder)}`);
			print(
				"what that holder has written and not pushed, or writes yet, is unknown here: compare before the next deploy",
			);
		});
}

/** Names the loss, and asks unless it was confirmed in advance. */
function confirmation(command: string, confirmed: boolean) {
	return async (loss: readonly string[]): Promise<boolean> => {
		const { ask, requireTerminal } = await import("../../terminal/prompt.ts");
		for (const line of loss.length === 0 ? ["  the same objects, with the same values"] : loss) print(line);
		if (confirmed) return true;
		requireTerminal(command, "--confirm-loss");
		return /^y(es)?$/i.test(await ask("Put it in the place of the stored state? (y/N) "));
	};
}
