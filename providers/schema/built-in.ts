import type { ProviderSchema } from "./provider-schema.ts";

/**
 * Types of Terraform and OpenTofu themselves, which need no provider to be installed and have no version of their own.
 * Source: `terraform providers schema -json`, `terraform.io/builtin/terraform`.
 */
export const builtIn: ProviderSchema = {
	source: "terraform.io/builtin/terraform",
	version: "0.0.0",
	provider: { is: "block single", arguments: {} },
	resource: {
		terraform_data: {
			is: "block single",
			arguments: {
				id: "computed string",
				input: "optional any",
				output: "computed any",
				triggers_replace: "optional any",
			},
		},
	},
	data: {},
	ephemeral: {},
};
