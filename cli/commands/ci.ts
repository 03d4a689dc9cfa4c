import { Command } from "@commander-js/extra-typings";
import type { Project } from "../../engine/project.ts";
import { print } from "../../terminal/output.ts";
import { examples } from "./examples.ts";

export function ciCommand(project: Project) {
	return new Command("ci")
		.description(
			"keep the infrastructure repository's settings and crons at the CI server as the code has them",
		)
		.argument("<what>", "check or apply", (text) => {
			if (text === "check" || text === "apply") return text;
			throw new Error(`expected check or apply, got ${text}`);
		})
		.option("--server <url>", "address of the CI server (default: https://ci.<domain of the site>)")
		.addHelpText(
			"after",
			examples(
				["infra ci check", "what departs: 0 nothing, 2 something, 1 error"],
				["infra ci apply", "mend it; INFRA_CI_TOKEN is of an administrator of the repository"],
			),
		)
		.action(async (what, { server: url }) => {
			const [{ CiServer }, { departuresOf }, { UsageError }] = await Promise.all([
				import("../../clients/woodpecker/ci-server.ts"),
				import("../ci/repository-settings.ts"),
				import("../../terminal/usage-error.ts"),
			]);
			const site = await project.loadSite();
			const token = process.env.INFRA_CI_TOKEN ?? "";
			if (token === "")
				throw new UsageError(
					"INFRA_CI_TOKEN is not set: the CI server is asked with it",
					"the personal token of an administrator of the repository, in the environment",
				);
			const server = new CiServer({ address: url ?? `https://ci.${site.network.domain}`, token });
			for (const { what: said, mend } of await departuresOf(server, site)) {
				if (what === "apply") await mend?.();
				print(what === "apply" && mend ? `mended: ${said}` : said);
			}
			const left = await departuresOf(server, site);
			if (left.length === 0) print("settings and crons are as the code has them");
			else process.exitCode = 2;
		});
}
