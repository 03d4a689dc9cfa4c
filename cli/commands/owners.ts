import { Command } from "@commander-js/extra-typings";
import type { Project } from "../../engine/project.ts";
import { print, printJson } from "../../terminal/output.ts";
import { collect } from "./collect.ts";
import { examples } from "./examples.ts";
import { removeCommand, revokeCommand, stateCommand } from "./owners-leaving.ts";
import { apply, load, loadCommands } from "./owners-registry.ts";

export function ownersCommand(project: Project) {
	return new Command("owners")
		.description("the people of the platform: who they are, what they have, how they come and go")
		.addHelpText(
			"after",
			examples(
				["infra owners list", "everybody in the registry of the site"],
				[
					"infra owners add alice --email a@example.com",
					"a namespace, secrets and a login, from the next deploy on",
				],
				["infra owners disable alice", "first half of leaving: every right goes, data stays"],
			),
		)
		.addCommand(listCommand(project))
		.addCommand(checkCommand(project))
		.addCommand(showCommand(project))
		.addCommand(addCommand(project))
		.addCommand(changeCommand(project))
		.addCommand(
			stateCommand(project, {
				name: "disable",
				description: "take every right back and keep namespaces and data",
				disabled: true,
			}),
		)
		.addCommand(
			stateCommand(project, {
				name: "enable",
				description: "give back what disable took",
				disabled: undefined,
			}),
		)
		.addCommand(revokeCommand(project))
		.addCommand(removeCommand(project));
}

function listCommand(project: Project) {
	return new Command("list")
		.description("list everybody in the registry")
		.option("--json", "print the registry as JSON")
		.addHelpText("after", examples(["infra owners list --json", "with quotas and derived views"]))
		.action(async ({ json = false }) => {
			const [registry, { renderUsers }] = await Promise.all([
				load(project),
				import("../owners/render-owners.ts"),
			]);
			if (json) printJson(registry);
			else print(renderUsers(registry));
		});
}

function checkCommand(project: Project) {
	return new Command("check")
		.description("check a registry completely; ends with 1 when something is wrong with it")
		.argument("[file]", "a JSON file instead of the site's registry")
		.addHelpText("after", examples(["infra owners check proposal.json", "before it is written to Vault"]))
		.action(async (file) => {
			const [{ users, namespaces, domains }, { plural }] = await Promise.all([
				load(project, file),
				import("../../world/plural.ts"),
			]);
			const what = [
				plural(users.length, "user"),
				plural(namespaces.length, "namespace"),
				plural(domains.length, "domain"),
			];
			print(`no problems: ${what.join(", ")}`);
		});
}

function showCommand(project: Project) {
	return new Command("show")
		.description("show a person's entry and everything that the stacks make for them")
		.argument("<user>")
		.option("--json", "print it as JSON")
		.addHelpText(
			"after",
			examples(["infra owners show alice", "reads the synthesised stacks, applies nothing"]),
		)
		.action(async (name, { json = false }) => {
			const [registry, app, { renderUser }, { ownerResources }, { noSuch }] = await Promise.all([
				load(project),
				project.openApp(),
				import("../owners/render-owners.ts"),
				import("../owners/owner-resources.ts"),
				import("../../terminal/usage-error.ts"),
			]);
			const user = registry.users.find(({ key }) => key === name);
			if (user === undefined)
				throw noSuch(
					"user",
					name,
					registry.users.map(({ key }) => key),
				);
			const owner = [...registry.owners, ...registry.disabledOwners].find(({ key }) => key === name);
			const resources = owner ? ownerResources(app.check().documents, owner) : [];
			const namespaces = registry.namespaces.filter(({ owners }) => owners.some(({ key }) => key === name));
			if (json) printJson({ user, namespaces, creates: resources });
			else print(renderUser(user, namespaces, resources));
		});
}

function addCommand(project: Project) {
	const command = new Command("add")
		.description("add somebody; the same entry again changes nothing")
		.argument("<user>");
	return command
		.requiredOption("--email <address>", "as the identity provider sends it")
		.option("--role <role>", "admin, power-user or namespace-owner", "namespace-owner")
		.option(
			"--namespace <name>",
			"a namespace of theirs, named like the user when none is given; repeatable",
			collect,
			[],
		)
		.option("--domain <label>", "a host name below the site's domain; repeatable", collect, [])
		.option("--quota <field=value>", "a limit such as pods=30 or memory_limits=16Gi; repeatable", collect, [])
		.option("--set <field=value>", "any other field, such as pod_security=baseline; repeatable", collect, [])
		.addHelpText(
			"after",
			examples(
				["infra owners add alice --email a@example.com --domain shop", "namespace alice, host shop"],
				["infra owners add dave --email d@example.com --role admin", "an administrator has no namespaces"],
			),
		)
		.action(async (user, { email, role, namespace, domain, quota, set }) => {
			const { add, entryFrom } = await loadCommands();
			const entry = entryFrom({ user, email, role, namespaces: namespace, domains: domain, quota, set });
			await apply(project, { edit: add(user, entry), confirmedNamespaces: [] }, `${user} is in the registry`);
		});
}

function changeCommand(project: Project) {
	return new Command("change")
		.description("change fields of an entry; what is not named stays")
		.argument("<user>")
		.option("--email <address>")
		.option("--role <role>")
		.option("--namespace <name>", "all namespaces they have afterwards; repeatable", collect, [])
		.option("--domain <label>", "all domains they have afterwards; repeatable", collect, [])
		.option(
			"--quota <field=value>",
			"limits that differ from the defaults afterwards; repeatable",
			collect,
			[],
		)
		.option("--set <field=value>", "any other field as JSON, or nothing to drop it; repeatable", collect, [])
		.option(
			"--confirm-namespace <name>",
			"a namespace that may go away with all inside; repeatable",
			collect,
			[],
		)
		.addHelpText(
			"after",
			examples(
				["infra owners change alice --quota pods=40", "other limits for every namespace"],
				["infra owners change alice --set domains=[] --set pod_security=baseline", "no host any more"],
			),
		)
		.action(async (user, { email, role, namespace, domain, quota, set, confirmNamespace }) => {
			const { change, changedFields } = await loadCommands();
			const changed = changedFields({ email, role, namespaces: namespace, domains: domain, quota, set });
			const { before, after } = await apply(
				project,
				{ edit: change(user, changed), confirmedNamespaces: confirmNamespace },
				`the entry of ${user} is changed`,
			);
			const { afterHandingOver } = await import("../owners/leaving.ts");
			for (const text of afterHandingOver(before, after, user)) print(text);
		});
}
