import { Command } from "@commander-js/extra-typings";
import type { Project } from "../../engine/project.ts";
import { print, printJson } from "../../terminal/output.ts";
import { examples } from "./examples.ts";

export function doctorCommand(_project: Project) {
	return new Command("doctor")
		.description("say which programs are there, which are missing, and what each enables")
		.option("--providers", "ask Terraform as well whether it can install the providers; may take a minute")
		.option("--json", "print the findings as JSON")
		.addHelpText(
			"after",
			examples(
				["infra doctor", "fails only when the base is missing: Node, and Terraform or OpenTofu"],
				["infra doctor --providers", "needs the network, a mirror, or unpacked providers"],
			),
		)
		.action(async ({ json = false, providers = false }) => {
			const { examine, renderDoctor } = await import("../doctor/examine.ts");
			const examination = await examine({ providers });
			if (json) printJson(examination);
			else print(renderDoctor(examination));
			if (!examination.sound) process.exitCode = 1;
		});
}
