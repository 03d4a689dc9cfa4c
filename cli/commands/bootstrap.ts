import { Command } from "@commander-js/extra-typings";
import type { Project } from "../../engine/project.ts";
import { collect } from "./collect.ts";
import { examples } from "./examples.ts";

export function bootstrapCommand(project: Project) {
	return new Command("bootstrap")
		.description("bring the platform up from an empty cluster: storage, Vault with its entries, every stack")
		.option(
			"--values <file>",
			"entries of Vault with their keys, as YAML or JSON, in the clear or of SOPS; - for the standard input",
		)
		.option(
			"--from-backups <folder>",
			"bring back what was lost, from copies of the backup directories: Vault, databases, volumes, Redis",
		)
		.option(
			"--empty <claim>",
			"a claim, as namespace/name, that is in no restore point and may begin empty; repeatable",
			collect,
			[],
		)
		.option("--local", "the storage host is this machine: volumes are restored here, and not by ssh")
		.option("--verbose", "print what Terraform itself says")
		.addHelpText(
			"after",
			examples(
				["infra bootstrap", "asks for what Vault lacks; the same again goes on after a stop"],
				["infra bootstrap --values secrets/home/vault-values.yaml", "takes it from a file, and asks nothing"],
				["infra bootstrap --from-backups /mnt/copies", "after everything was lost but git and the copies"],
			),
		)
		.action(async ({ values, fromBackups, empty, local = false, verbose = false }) => {
			const { bootstrap } = await import("../bootstrap/bootstrap.ts");
			await bootstrap(project, { values, backups: fromBackups, empty, local, verbose });
		});
}
