import { forgeOf } from "../../clients/forge/access.ts";
import { defined } from "../../config/schema/defined.ts";
import type { Site } from "../../config/schema/site.ts";
import type { Project } from "../../engine/project.ts";
import { printProgress } from "../../terminal/output.ts";
import { mergedPullRequest } from "./merged-pull-request.ts";
import { ReviewedDeployment } from "./reviewed-deployment.ts";

/**
 * Opens the signed review that an option `--reviewed` names.
 *
 * @param source `true` for the pull request that was merged as this commit
 * @throws as mergedPullRequest and ReviewedDeployment.from
 */
export async function openReviewed(project: Project, source: string | true): Promise<ReviewedDeployment> {
	const forgeToken = process.env.INFRA_FORGE_TOKEN;
	const site = await project.loadSite();
	return ReviewedDeployment.from(source === true ? await numberOfMerge(project, site, forgeToken) : source, {
		site,
		...defined({ forgeToken }),
	});
}

async function numberOfMerge(project: Project, site: Site, forgeToken: string | undefined): Promise<string> {
	const number = await mergedPullRequest(
		forgeOf(site, forgeToken),
		await project.revision(),
		site.woodpecker.infrastructureBranch,
	);
	printProgress(`the review of pull request ${number}, which was merged as this commit`);
	return String(number);
}
