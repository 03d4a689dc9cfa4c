/**
 * Prints as JSON the site that `INFRA_SITE` names, and what this revision renders for it beside Terraform. `infra
 * affected` and `infra review` run it in the tree of the base: the code there renders, and only its output is read.
 */
import { loadChosenSite } from "../../config/load-site.ts";
import { choiceOf } from "../../config/site-choice.js";
import { printFailure } from "../../terminal/failure.ts";
import { printJson } from "../../terminal/output.ts";
import { besideTerraform } from "./beside-terraform.ts";

try {
	const site = await loadChosenSite(choiceOf());
	printJson({ site, beside: besideTerraform(site) });
} catch (error) {
	printFailure(error);
	process.exitCode = 1;
}
