import { terraformTool } from "../cli/doctor/tools.ts";
import { UsageError } from "../terminal/usage-error.ts";
import { type Probe, probe } from "./probe.ts";

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
