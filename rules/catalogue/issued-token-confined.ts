import type { Json } from "../../world/world.ts";
import { resourceRule } from "../rule.ts";

export const issuedTokenConfined = resourceRule(
	{
		id: "issued-token-confined",
		severity: "error",
		reason:
			"Whoever may ask for a token chooses the namespace among those of the role: one role for two namespaces opens both.",
		remedy:
			"List exactly one namespace, and give the rights by a Role of it or by an account that exists there.",
	},
	function* check({ mode, type, arguments: given }) {
		if (mode !== "resource" || type !== "vault_kubernetes_secret_backend_role") return;
		const namespaces = given.allowed_kubernetes_namespaces;
		if (!isOneNamespace(namespaces))
			yield {
				argument: "allowed_kubernetes_namespaces",
				message: `tokens of the role are valid in ${JSON.stringify(namespaces) ?? "whatever a selector finds"}: expected one namespace`,
			};
		if (given.kubernetes_role_name !== undefined && given.kubernetes_role_type !== "Role")
			yield {
				argument: "kubernetes_role_type",
				message: "the rights come from a ClusterRole: expected a Role of the namespace",
			};
		for (const argument of ["generated_role_rules", "allowed_kubernetes_namespace_selector"])
			if (given[argument] !== undefined)
				yield { argument, message: `${argument} needs rights that let Vault hand out any other` };
	},
);

function isOneNamespace(value: Json | undefined): boolean {
	const [only, ...others] = Array.isArray(value) ? value : [];
	return typeof only === "string" && only !== "*" && others.length === 0;
}
