import { days, formatDuration, seconds } from "../../config/schema/duration.ts";
import { plain } from "../../world/blocks.ts";
import { worldRule } from "../rule.ts";

export const machineTokensStaggered = worldRule({
	id: "machine-tokens-staggered",
	severity: "error",
	reason:
		"Tokens of equal life expire together: revoking all their leases at once has made Vault answer with 504.",
	remedy: "Let the periods of renewable logins differ by a day or more, in vault.machines of the site.",
	*check(world) {
		const roles = world.stacks
			.flatMap(({ resources }) => resources)
			.filter(({ mode, type }) => mode === "resource" && type === "vault_kubernetes_auth_backend_role")
			.flatMap((resource) => {
				const period = seconds(Number(plain(resource.arguments.token_period) ?? 0));
				return period > 0 ? [{ resource, period, name: plain(resource.arguments.role_name) ?? "" }] : [];
			})
			.toSorted((a, b) => a.period - b.period);
		for (const [index, { resource, period, name }] of roles.entries()) {
			const before = roles[index - 1];
			if (before && period - before.period < days(1))
				yield {
					subject: resource,
					argument: "token_period",
					message: `tokens of ${name} live ${formatDuration(period)}, those of ${before.name} ${formatDuration(before.period)}`,
				};
		}
	},
});
