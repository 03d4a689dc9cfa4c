import { blocks } from "../../world/blocks.ts";
import { resourceRule } from "../rule.ts";

/** Arguments whose values are readable in the state, with their replacements. */
const stored: Readonly<Record<string, Readonly<Record<string, string>>>> = {
	helm_release: { set_sensitive: "set_wo" },
	kubernetes_secret: { data: "data_wo", binary_data: "binary_data_wo" },
	kubernetes_secret_v1: { data: "data_wo", binary_data: "binary_data_wo" },
	kubernetes_secret_v1_data: { data: "data_wo of kubernetes_secret_v1" },
	vault_jwt_auth_backend: { oidc_client_secret: "oidc_client_secret_wo" },
	vault_kubernetes_auth_backend_config: { token_reviewer_jwt: "token_reviewer_jwt_wo" },
	vault_kubernetes_secret_backend: { service_account_jwt: "service_account_jwt_wo" },
	vault_kv_secret_v2: { data_json: "data_json_wo" },
};

/** Data sources that store what they read in the state. */
const kept = new Set([
	"kubernetes_secret",
	"kubernetes_secret_v1",
	"vault_generic_secret",
	"vault_kubernetes_service_account_token",
	"vault_kv_secret",
	"vault_kv_secret_v2",
]);

export const secretWriteOnly = resourceRule(
	{
		id: "secret-write-only",
		severity: "error",
		reason: "Terraform keeps every argument in its state as plain text, sensitive ones included.",
		remedy:
			"Feed the write-only argument from an ephemeral value, or let External Secrets create the Secret.",
	},
	function* check({ mode, type, arguments: given }) {
		if (mode === "data" && kept.has(type))
			yield {
				argument: "",
				message: `what data ${type} reads ends in the state: read it by an ephemeral block`,
			};
		if (mode !== "resource") return;
		for (const [argument, replacement] of Object.entries(stored[type] ?? {}))
			if (given[argument] !== undefined)
				yield { argument, message: `${argument} of ${type} ends in the state: use ${replacement}` };
		if (type === "vault_database_secret_backend_connection")
			for (const engine of Object.keys(given))
				for (const { block: connection, path } of blocks(given[engine], engine))
					if (connection.password !== undefined)
						yield {
							argument: `${path}.password`,
							message: `password of ${type} ends in the state: use password_wo`,
						};
	},
);
