import { Command, Option } from "@commander-js/extra-typings";
import type { Project } from "../../engine/project.ts";
import { print } from "../../terminal/output.ts";
import { examples } from "./examples.ts";

export function setupScriptCommand(project: Project) {
	return new Command("setup-script")
		.description("print the script that sets up a newcomer's machine: programs, kubeconfig, environment")
		.addOption(
			new Option("--os <os>", "system of the machine")
				.choices(["linux", "macos"] as const)
				.makeOptionMandatory(),
		)
		.option("--ca-file <path>", "PEM certificate of the cluster's API (default: of the site's kubeconfig)")
		.addHelpText(
			"after",
			examples(
				["infra setup-script --os linux > setup.sh", "hand it over; it holds no secret"],
				["infra setup-script --os macos --ca-file ca.crt", "without a kubeconfig at hand"],
			),
		)
		.action(async ({ os, caFile }) => {
			const [site, { renderSetupScript }, { clusterCa }] = await Promise.all([
				project.loadSite(),
				import("../setup-script/render-setup-script.ts"),
				import("../setup-script/cluster-ca.ts"),
			]);
			const { kubeconfig, context } = site.cluster;
			print(
				renderSetupScript({
					os,
					site: site.name,
					newcomer: site.newcomer,
					caPem: await clusterCa({ file: caFile, kubeconfig, context }),
					vaultAddress: site.vault.address,
				}).trimEnd(),
			);
		});
}
