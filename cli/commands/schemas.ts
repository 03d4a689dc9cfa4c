import { Command } from "@commander-js/extra-typings";
import { projectRoot } from "../../config/project-root.ts";
import type { Project } from "../../engine/project.ts";
import { print, printJson } from "../../terminal/output.ts";
import { collect } from "./collect.ts";
import { examples } from "./examples.ts";

export function schemasCommand(_project: Project) {
	const refresh = new Command("refresh")
		.description(
			"write the compact schemas of the providers in use anew, from the installed providers, the bindings from them, and lock their versions",
		)
		.argument("[provider...]", "providers to refresh; all that are in use when none is named")
		.option(
			"--from <file>",
			"read a provider's schema from a file instead of asking Terraform; repeatable",
			collect,
			[],
		)
		.option("--json", "print what changed as JSON")
		.addHelpText(
			"after",
			examples(
				["infra schemas refresh", "after a provider's version or a used type has changed"],
				["infra schemas refresh vault", "one provider only"],
			),
		)
		.action(async (only, { from, json = false }) => {
			const [
				{ refreshSchemas },
				{ writeBindings },
				{ lockVersions },
				{ providers },
				{ findTerraform },
				{ table },
				{ interruption, handleInterrupts },
			] = await Promise.all([
				import("../../providers/schema/refresh.ts"),
				import("../../providers/bindings/write-bindings.ts"),
				import("../../engine/provider-lock.ts"),
				import("../../stacks/providers.ts"),
				import("../../engine/binary.ts"),
				import("../../terminal/table.ts"),
				import("../../terminal/interruption.ts"),
			]);
			handleInterrupts();
			const report = await refreshSchemas({
				root: projectRoot,
				providers,
				signal: interruption,
				...(only.length > 0 ? { only } : {}),
				...(from.length > 0 ? { from } : { program: (await findTerraform()).command }),
				...(json ? {} : { progress: print }),
			});
			writeBindings(projectRoot);
			lockVersions();
			if (json) printJson(report);
			else
				print(
					table(
						["provider", "version", "types", "change"],
						report.map(({ provider, version, types, change }) => [provider, version, String(types), change]),
					),
				);
		});
	return new Command("schemas")
		.description("keep the compact copies of the providers' schemas")
		.addHelpText("after", examples(["infra schemas refresh", "needs the providers"]))
		.addCommand(refresh);
}
