import { Command } from "@commander-js/extra-typings";
import type { Project } from "../../engine/project.ts";
import { print } from "../../terminal/output.ts";
import { examples } from "./examples.ts";

export function backupCommand(project: Project) {
	const files = new Command("files")
		.description("write the programs, settings and units of the storage host's backups to a folder")
		.requiredOption("--out <folder>", "folder to write to; what is in it is replaced")
		.addHelpText(
			"after",
			examples(
				["infra backup files --out backup-host", "then copy it to the host and run ./install.sh there"],
				["./install.sh --check", "on the host: whether what is installed is what was rendered"],
			),
		)
		.action(async ({ out }) => {
			const { writeHostFiles } = await import("../backup/write-host-files.ts");
			const written = await writeHostFiles(await project.loadSite(), out);
			for (const path of written) print(path);
			print(`\nCopy ${out} to the storage host and run ./install.sh in it, as root.`);
		});
	return new Command("backup")
		.description("what the storage host needs for the backups")
		.addHelpText("after", examples(["infra backup files --out backup-host", "see infra help backup files"]))
		.addCommand(files);
}
