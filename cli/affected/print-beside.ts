/**
 * Prints as JSON what this revision renders beside Terraform for the site that `INFRA_SITE` names. `infra affected` runs
 * it in the tree of the base: the code there renders, and only its output is compared.
 */
import { loadChosenSite } from "../../config/load-site.ts";
import { choiceOf } from "../../config/site-choice.js";
import { printFailure } from "../../terminal/failure.ts";
import { printJson } from "../../terminal/output.ts";
import { besideTerraform } from "./beside-terraform.ts";

try {
	printJson(besideTerraform(await loadChosenSite(choiceOf())));
} catch (error) {
	printFailure(error);
	process.exitCode = 1;
}
