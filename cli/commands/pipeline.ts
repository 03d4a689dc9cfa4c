import { Command } from "@commander-js/extra-typings";
import type { Project } from "../../engine/project.ts";
import { print } from "../../terminal/output.ts";
import { examples } from "./examples.ts";
import { load } from "./owners-registry.ts";

export function pipelineCommand(project: Project) {
	return new Command("pipeline")
		.description("print the CI pipeline that builds an owner's repository and rolls it out")
		.argument("<namespace>", "namespace that it deploys into")
		.requiredOption("--image <image>", "image that is built, without a tag")
		.requiredOption("--deployment <name>", "Deployment whose image is set")
		.option("--owner <user>", "whose repository it is (default: the only owner of the namespace)")
		.option("--container <name>", "container of the Deployment (default: named like it)")
		.addHelpText(
			"after",
			examples([
				"infra pipeline alice --deployment web --image docker.io/alice/web > .woodpecker.yaml",
				"for the repository of the app",
			]),
		)
		.action(async (namespace, { image, deployment, owner: named, container = deployment }) => {
			const [{ renderDeployPipeline }, { pipelineOwnerOf }, site, registry] = await Promise.all([
				import("../../constructs/woodpecker/deploy-pipeline.ts"),
				import("../owners/pipeline-owner.ts"),
				project.loadSite(),
				load(project),
			]);
			const owner = pipelineOwnerOf(registry, namespace, named);
			print(renderDeployPipeline(site, { owner, namespace, deployment, container, image }).trimEnd());
		});
}
