import type { TerraformResource } from "cdktf";
import type { EphemeralValue } from "../secrets/ephemeral-vault-secret.ts";

/**
 * Gives a write-only argument that the pinned bindings do not know yet, and the number that says when to send it again
 * (provider 5.10: every `X_wo` comes with `X_wo_version`). The one place where an argument is named as text: the check
 * against the provider's schema finds a wrong name.
 */
export function writeOnly(
	resource: TerraformResource,
	argument: `${string}_wo`,
	{ value, version }: { readonly value: EphemeralValue; readonly version: number },
): void {
	resource.addOverride(argument, value);
	resource.addOverride(`${argument}_version`, version);
}
