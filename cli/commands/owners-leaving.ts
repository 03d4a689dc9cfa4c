import { Command } from "@commander-js/extra-typings";
import type { Project } from "../../engine/project.ts";
import { print } from "../../terminal/output.ts";
import { collect } from "./collect.ts";
import { examples } from "./examples.ts";
import { apply, load, loadCommands } from "./owners-registry.ts";

/** `disable` and `enable`. */
export function stateCommand(
	project: Project,
	{
		name,
		description,
		disabled,
	}: { readonly name: string; readonly description: string; readonly disabled: true | undefined },
) {
	return new Command(name)
		.description(description)
		.argument("<user>")
		.addHelpText("after", examples([`infra owners ${name} alice`, "takes effect with the next deploy"]))
		.action(async (user) => {
			const { change } = await loadCommands();
			await apply(
				project,
				{ edit: change(user, { disabled }), confirmedNamespaces: [] },
				`${user} is ${name}d`,
			);
			if (disabled) print((await import("../owners/leaving.ts")).afterDisabling(user));
		});
}

export function revokeCommand(project: Project) {
	return new Command("revoke")
		.description("end bindings and tokens that somebody made with rights which they have lost")
		.argument("<user>")
		.option(
			"--namespace <name>",
			"only this one: of several that they had, or of somebody who is removed; repeatable",
			collect,
			[],
		)
		.option("--yes", "do not ask")
		.addHelpText(
			"after",
			examples(
				["infra owners revoke alice", "after disable and deploy, in every namespace of theirs"],
				["infra owners revoke alice --namespace shop", "when they lost one of several"],
			),
		)
		.action(async (user, { namespace, yes = false }) => {
			const [registry, { lostNamespaces, revokeDerived, renderRevoked }, prompt] = await Promise.all([
				load(project),
				import("../owners/revoke.ts"),
				import("../../terminal/prompt.ts"),
			]);
			const namespaces = lostNamespaces(registry, user, namespace);
			if (!yes) {
				prompt.requireTerminal("owners revoke", "--yes");
				print(
					"Bindings of accounts go, whoever made them, and pods have no valid token until the node renews it.",
				);
				if (!/^y(es)?$/i.test(await prompt.ask(`Revoke in ${namespaces.join(", ")}? (y/N) `))) return;
			}
			const site = await project.loadSite();
			for (const name of namespaces) print(renderRevoked(await revokeDerived(site, registry, user, name)));
		});
}

export function removeCommand(project: Project) {
	return new Command("remove")
		.description("remove somebody who is disabled; the next deploy destroys what only they had")
		.argument("<user>")
		.option(
			"--confirm-namespace <name>",
			"a namespace that goes away with all inside; repeatable",
			collect,
			[],
		)
		.option("--purge", "delete their secrets with all versions and revoke their deployers' tokens, now")
		.addHelpText(
			"after",
			examples([
				"infra owners remove alice --confirm-namespace alice --purge",
				"nothing of alice is left in Vault",
			]),
		)
		.action(async (user, { confirmNamespace, purge: purges = false }) => {
			const [{ remove }, { purgeOwner, leavingChecklist }] = await Promise.all([
				loadCommands(),
				import("../owners/leaving.ts"),
			]);
			const site = await project.loadSite();
			await apply(
				project,
				{
					edit: remove(user),
					confirmedNamespaces: confirmNamespace,
					beforeWrite: async (before) => {
						if (purges) print(await purgeOwner(site, before, user));
					},
				},
				`${user} is out of the registry`,
			);
			print(leavingChecklist(user, { purged: purges }));
		});
}
