import { basename } from "node:path";
import cdktfSettings from "../cdktf.json" with { type: "json" };
import { UsageError } from "../terminal/usage-error.ts";
import { type Probe, probe } from "./probe.ts";
import { lowest, type Tool } from "./tool.ts";

/** Terraform or OpenTofu, whichever is found first. */
export const terraformTool: Tool = {
	// The CDKTF engine reads the same variable.
	commands: process.env.TERRAFORM_BINARY_NAME ? [process.env.TERRAFORM_BINARY_NAME] : ["terraform", "tofu"],
	args: ["version"],
	needed: lowest(cdktfSettings.targetVersions.terraform),
	enables: "validate --terraform, plan, deploy, destroy",
	base: true,
};

/** An installed Terraform or OpenTofu that is new enough. */
export interface TerraformBinary {
	readonly command: string;
	readonly version: string;
}

/**
 * The `terraform`, else the `tofu` of the PATH; `TERRAFORM_BINARY_NAME` names another one.
 *
 * @throws UsageError when there is none, or when it is too old for ephemeral values and write-only attributes
 */
export async function findTerraform(): Promise<TerraformBinary> {
	return requireUsable(await probe(terraformTool));
}

export function requireUsable({ tool, state, command, version }: Probe): TerraformBinary {
	const hint = `install Terraform or OpenTofu ${tool.needed} or newer; TERRAFORM_BINARY_NAME may name the program`;
	if (command === undefined)
		throw new UsageError(`${tool.commands.join(" or ")}: not found on the PATH`, hint);
	if (version === undefined) throw new UsageError(`${command} version: prints no version`, hint);
	if (state === "old") throw new UsageError(`${command} ${version} is too old`, hint);
	return { command, version };
}

/** OpenTofu reads versions from Terraform's lock file, but must add entries for its own registry. */
export function isOpenTofu({ command }: TerraformBinary): boolean {
	return basename(command).startsWith("tofu");
}
