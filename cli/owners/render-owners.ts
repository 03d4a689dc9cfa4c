import { styleText } from "node:util";
import type { OwnerNamespace, Registry, User } from "../../config/registry/registry.ts";
import { table } from "../../terminal/table.ts";
import type { OwnerResource } from "./owner-resources.ts";

export function renderUsers({ users, owners, disabledOwners }: Registry): string {
	const all = [...owners, ...disabledOwners];
	return table(
		["user", "role", "namespaces", "domains", "state"],
		users.map(({ key, role, disabled }) => {
			const owner = all.find((candidate) => candidate.key === key);
			return [
				key,
				role,
				owner?.namespaces.join(", ") ?? "-",
				owner?.domains.join(", ") || "-",
				disabled ? styleText("yellow", "disabled") : "active",
			];
		}),
	);
}

export function renderUser(
	user: User,
	namespaces: readonly OwnerNamespace[],
	resources: readonly OwnerResource[],
): string {
	const line = (label: string, text: string) => `${styleText("dim", label.padEnd(12))}${text}`;
	const quotas = namespaces.map(({ name, quota, owners, podSecurity }) => [
		name,
		owners.map(({ key }) => key).join(", "),
		quota.cpuRequests,
		quota.memoryRequests,
		quota.memoryLimits,
		quota.pods,
		quota.storageRequests,
		quota.persistentVolumeClaims,
		podSecurity,
	]);
	return [
		styleText("bold", user.key),
		line("role", user.role),
		line("e-mail", user.email),
		line("state", user.disabled ? "disabled: no rights, data kept" : "active"),
		...(quotas.length === 0
			? []
			: [
					"",
					table(
						["namespace", "owners", "CPU", "memory", "at most", "pods", "storage", "claims", "pod security"],
						quotas,
					),
				]),
		"",
		resources.length === 0
			? "No stack makes anything for them."
			: table(
					["stack", "creates", "name"],
					resources.map(({ stack, type, name }) => [stack, type, name]),
				),
	].join("\n");
}
