import { Command } from "@commander-js/extra-typings";
import type { Project } from "../../engine/project.ts";
import { print } from "../../terminal/output.ts";
import { examples } from "./examples.ts";

export function pipelineCommand(project: Project) {
	return new Command("pipeline")
		.description("print the CI pipeline that builds an owner's repository and rolls it out")
		.argument("<namespace>", "namespace that it deploys into")
		.requiredOption("--image <image>", "image that is built, without a tag")
		.requiredOption("--deployment <name>", "Deployment whose image is set")
		.option("--container <name>", "container of the Deployment (default: named like it)")
		.addHelpText(
			"after",
			examples([
				"infra pipeline alice --deployment web --image docker.io/alice/web > .woodpecker.yaml",
				"for the repository of the app",
			]),
		)
		.action(async (namespace, { image, deployment, container = deployment }) => {
			const { renderDeployPipeline } = await import("../../constructs/woodpecker/deploy-pipeline.ts");
			const site = await project.loadSite();
			print(renderDeployPipeline(site, { namespace, deployment, container, image }).trimEnd());
		});
}
