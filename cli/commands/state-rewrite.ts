import { Command } from "@commander-js/extra-typings";
import type { Project } from "../../engine/project.ts";
import { print } from "../../terminal/output.ts";
import { examples } from "./examples.ts";

const nothing = "nothing to do: it is so already";

export function moveCommand(project: Project) {
	return rewriting("move")
		.description("give an object of a state another address, in the same stack or in another one")
		.argument("<stack>")
		.argument("<from>", "address as infra state show prints it")
		.argument("[to]", "address that it gets; the same one where it is left out")
		.option("--into <stack>", "the stack that has it in its code now")
		.addHelpText(
			"after",
			examples(
				[
					"infra state move redis kubernetes_config_map_v1.old kubernetes_config_map_v1.new",
					"after a rename",
				],
				["infra state move redis kubernetes_service_v1.probe --into mailserver", "its code has moved there"],
			),
		)
		.action(async (stack, from, to = from, { into = stack, yes = false, allowUpdates = false }) => {
			const [{ rewriteState, rewriteStates }, { editByMoves, openMoves }] = await loaded();
			const options = { what: "move", allowUpdates, confirm: confirmation("move", yes) };
			const moves = [{ from, to }];
			const done =
				into === stack
					? await rewriteState(project, stack, { ...options, edit: (state) => editByMoves(state, moves) })
					: await rewriteStates(
							project,
							{ from: stack, to: into },
							{ ...options, choose: (source, target) => openMoves(source, target, moves) },
						);
			print(done ? `${from} of ${stack} is ${to} of ${into} now` : nothing);
		});
}

export function retypeCommand(project: Project) {
	return rewriting("retype")
		.description(
			"give objects the other name of their type, or another version of their API; they stay as they are",
		)
		.argument("<stack>")
		.argument("[address...]", "what to retype; without one, all that can be")
		.option("--api-version <version>", "of a kubernetes_manifest, such as external-secrets.io/v1")
		.addHelpText(
			"after",
			examples(
				["infra state retype redis", "kubernetes_service becomes kubernetes_service_v1, and so on"],
				[
					"infra state retype woodpecker --api-version external-secrets.io/v1",
					"after the operator no longer serves v1beta1",
				],
			),
		)
		.action(async (stack, addresses, { apiVersion, yes = false, allowUpdates = false }) => {
			const [{ rewriteState }, { editByRetype }] = await loaded();
			const done = await rewriteState(project, stack, {
				what: "retype",
				allowUpdates,
				confirm: confirmation("retype", yes),
				edit: (state) => editByRetype(state, { addresses, apiVersion }),
			});
			print(done ? `the state of ${stack} has the other types now` : nothing);
		});
}

export function splitCommand(project: Project) {
	return rewriting("split")
		.description("move several objects of a stack to another one, under their addresses")
		.argument("<stack>")
		.argument("<address...>", "as infra state show prints them")
		.requiredOption("--into <stack>", "the stack that has them in its code now")
		.action(async (stack, addresses, { into, yes = false, allowUpdates = false }) => {
			const [{ rewriteStates }, { openMoves }] = await loaded();
			const moves = addresses.map((address) => ({ from: address, to: address }));
			const done = await rewriteStates(
				project,
				{ from: stack, to: into },
				{
					what: "split",
					allowUpdates,
					confirm: confirmation("split", yes),
					choose: (source, target) => openMoves(source, target, moves),
				},
			);
			print(done ? `${addresses.join(", ")}: in the state of ${into} now` : nothing);
		});
}

export function mergeCommand(project: Project) {
	return rewriting("merge")
		.description("move all objects of a stack to another one, under their addresses")
		.argument("<stack>")
		.requiredOption("--into <stack>", "the stack that has them in its code now")
		.action(async (stack, { into, yes = false, allowUpdates = false }) => {
			const [{ rewriteStates }, { allObjects }] = await loaded();
			const done = await rewriteStates(
				project,
				{ from: stack, to: into },
				{ what: "merge", allowUpdates, confirm: confirmation("merge", yes), choose: allObjects },
			);
			print(done ? `all objects of ${stack} are in the state of ${into} now` : nothing);
		});
}

export function resumeCommand(project: Project) {
	return new Command("resume")
		.description("finish a move between two stacks that was interrupted")
		.argument("<stack>", "one of the two")
		.action((stack) => end(project, stack, { forwards: true }));
}

export function undoCommand(project: Project) {
	return new Command("undo")
		.description("take back a move between two stacks that was interrupted")
		.argument("<stack>", "one of the two")
		.action((stack) => end(project, stack, { forwards: false }));
}

async function end(project: Project, stack: string, how: { readonly forwards: boolean }): Promise<void> {
	const { endMove } = await import("../state/end-move.ts");
	print((await endMove(project, stack, how)) ?? `nothing to do: no move of ${stack} is half done`);
}

function rewriting(name: string) {
	return new Command(name)
		.option("--yes", "do not ask")
		.option("--allow-updates", "also when the next deploy changes objects in place");
}

const loaded = () => Promise.all([import("../state/rewrite-states.ts"), import("../state/choose-moves.ts")]);

function confirmation(command: string, yes: boolean) {
	return async (): Promise<boolean> => {
		if (yes) return true;
		const { ask, requireTerminal } = await import("../../terminal/prompt.ts");
		requireTerminal(command, "--yes");
		return /^y(es)?$/i.test(await ask("Write this to the state? (y/N) "));
	};
}
