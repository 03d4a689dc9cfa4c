import { Command } from "@commander-js/extra-typings";
import { projectRoot } from "../../config/project-root.ts";
import type { Project } from "../../engine/project.ts";
import { print } from "../../terminal/output.ts";
import { collect } from "./collect.ts";
import { examples } from "./examples.ts";

export function newCommand(project: Project) {
	return new Command("new").description("start something new").addCommand(newStackCommand(project));
}

function newStackCommand(project: Project) {
	return new Command("stack")
		.description("make the stack of a namespace-owner's app from the template; asks for what is not given")
		.argument("<name>", "name of the stack, such as alice-shop")
		.option("--owner <user>", "key of the person in the registry")
		.option("--namespace <name>", "one of their namespaces (default: the first)")
		.option("--app <name>", "name of the app's objects (default: the stack's without the owner)")
		.option("--image <reference>", "image with a fixed tag")
		.option("--port <number>", "where the app listens (default: 8080)")
		.option("--host <label>", "one of the owner's domains (default: none)")
		.option(
			"--secret <variable=key>",
			"variable from a key of the entry <owner>/<app>; repeatable",
			collect,
			[],
		)
		.option("--purpose <text>", "one line for tables")
		.option("--dry-run", "show what would be written, and write nothing")
		.addHelpText(
			"after",
			examples(
				["infra new stack alice-shop", "asks"],
				[
					"infra new stack alice-shop --owner alice --image registry.example.org/alice/shop:1.0.0 --host shop",
					"all that has no default",
				],
			),
		)
		.action(async (name, { dryRun = false, ...options }) => {
			const [{ askForApp }, { checkAppStack }, { newAppStack }, { renderChanges }, registries] =
				await Promise.all([
					import("../new-stack/ask-for-app.ts"),
					import("../new-stack/app-stack.ts"),
					import("../new-stack/new-app-stack.ts"),
					import("../new-stack/render-changes.ts"),
					import("../../clients/vault/load-registry.ts"),
				]);
			const registry = await registries.loadRegistry(await project.loadSite());
			const stack = await askForApp(name, options, registry);
			checkAppStack(
				stack,
				registry,
				project.catalogue.map((facts) => facts.name),
			);
			const changes = newAppStack(projectRoot, stack);
			if (!dryRun) {
				const [{ writeTogether }, { join }] = await Promise.all([
					import("../new-stack/write-together.ts"),
					import("node:path"),
				]);
				writeTogether(Object.fromEntries(changes.map(({ path, after }) => [join(projectRoot, path), after])));
			}
			print(renderChanges(changes, { dryRun }));
		});
}
