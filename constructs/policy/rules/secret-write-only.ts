import { resourceRule } from "../rule.ts";

/** Arguments whose values stay readable in the state, with what replaces them. */
const stored: Readonly<Record<string, Readonly<Record<string, string>>>> = {
	helm_release: { set_sensitive: "set_wo" },
	kubernetes_secret: { data: "data_wo", binary_data: "binary_data_wo" },
	kubernetes_secret_v1: { data: "data_wo", binary_data: "binary_data_wo" },
	kubernetes_secret_v1_data: { data: "data_wo of kubernetes_secret_v1" },
	vault_kv_secret_v2: { data_json: "data_json_wo" },
};

export const secretWriteOnly = resourceRule(
	{
		id: "secret-write-only",
		severity: "error",
		reason: "Terraform keeps every argument in its state as plain text, sensitive ones included.",
		remedy:
			"Feed the write-only argument from an ephemeral value, or let External Secrets create the Secret.",
	},
	function* check({ mode, type, arguments: given }) {
		if (mode !== "resource") return;
		for (const [argument, replacement] of Object.entries(stored[type] ?? {}))
			if (given[argument] !== undefined)
				yield { argument, message: `${argument} of ${type} ends in the state: use ${replacement}` };
	},
);
