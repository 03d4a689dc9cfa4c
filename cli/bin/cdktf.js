#!/usr/bin/env node
import { fileURLToPath } from "node:url";
import { choiceOf, outputFolder } from "../../config/site-choice.js";
import { runOnPinnedNode } from "./run-on-pinned-node.js";

// Adding the hashes of other platforms to the lock file asks the registry, whatever plugin folder or mirror is
// configured, and fails without a network. Each synthesis writes the committed lock file anew, so nothing is lost.
const locking = ["deploy", "apply", "destroy", "diff", "plan"];
const args = process.argv.slice(2);
const [command = ""] = args.filter((argument) => !argument.startsWith("-"));
add("--skip-provider-lock", locking);

// Stacks depend on each other by order alone: to apply one by itself is the rule, not an oversight.
add("--ignore-missing-stack-dependencies", ["deploy", "apply", "destroy"]);

// Every site has an output of its own, as with `infra`.
const writing = [
	"synth",
	"synthesize",
	"diff",
	"plan",
	"deploy",
	"apply",
	"destroy",
	"watch",
	"list",
	"output",
	"outputs",
];
if (!args.some((argument) => /^(-o|--output(=|$))/.test(argument)))
	add(`--output=${outputFolder(choiceOf())}`, writing);

/**
 * Adds an option to the commands that know it, unless it is given.
 *
 * @param {string} option
 * @param {readonly string[]} commands
 */
function add(option, commands) {
	if (commands.includes(command) && !args.some((argument) => argument.startsWith(option))) args.push(option);
}

// A state that is kept encrypted needs a backend while Terraform runs; the engine names each stack only by its folder.
const terraform = fileURLToPath(new URL("terraform.js", import.meta.url));
const { TERRAFORM_BINARY_NAME = "" } = process.env;

// The maintained engine calls its program `cdktn`; the name everybody types stays `cdktf`.
await runOnPinnedNode(fileURLToPath(import.meta.resolve("cdktn-cli/bin/cdktn")), {
	args,
	env: { CHECKPOINT_DISABLE: "1", INFRA_TERRAFORM: TERRAFORM_BINARY_NAME, TERRAFORM_BINARY_NAME: terraform },
});
