import { resourceRule } from "../rule.ts";

/** Arguments that bind a login to service accounts. */
const bounds = ["bound_service_account_names", "bound_service_account_namespaces"] as const;

export const machineLoginPinned = resourceRule(
	{
		id: "machine-login-pinned",
		severity: "error",
		reason: "A login that any account or namespace may use belongs to whoever can start a pod.",
		remedy: "Name one service account and one namespace; a second machine gets a role of its own.",
	},
	function* check({ mode, type, arguments: given }) {
		if (mode !== "resource" || type !== "vault_kubernetes_auth_backend_role") return;
		for (const argument of bounds) {
			const value = given[argument];
			const [only, ...others] = Array.isArray(value) ? value : [];
			if (typeof only !== "string" || only.includes("*") || others.length > 0)
				yield { argument, message: `${JSON.stringify(value ?? [])}: expected exactly one name` };
		}
	},
);
