import { Command, Option } from "@commander-js/extra-typings";
import type { Project } from "../../engine/project.ts";
import { print } from "../../terminal/output.ts";
import { examples } from "./examples.ts";

const machines = { host: "the storage host", offsite: "the other place" };

export function backupCommand(project: Project) {
	const files = new Command("files")
		.description("write the programs, settings and units of the backups, for one machine, to a folder")
		.requiredOption("--out <folder>", "folder to write to; what is in it is replaced")
		.addOption(
			new Option("--for <machine>", "storage host, or the other place that its backups are brought to")
				.choices(["host", "offsite"] as const)
				.default("host" as const),
		)
		.addHelpText(
			"after",
			examples(
				["infra backup files --out backup-host", "then copy it to the host and run ./install.sh there"],
				["infra backup files --for offsite --out backup-offsite", "the same for the other place"],
				["./install.sh --check", "on the host: whether what is installed is what was rendered"],
			),
		)
		.action(async ({ out, for: place }) => {
			const { writeHostFiles } = await import("../backup/write-host-files.ts");
			const written = await writeHostFiles(await project.loadSite(), out, place);
			for (const path of written) print(path);
			print(`\nCopy ${out} to ${machines[place]} and run ./install.sh in it, as root.`);
		});
	return new Command("backup")
		.description("what the storage host needs for the backups")
		.addHelpText("after", examples(["infra backup files --out backup-host", "see infra help backup files"]))
		.addCommand(files);
}
