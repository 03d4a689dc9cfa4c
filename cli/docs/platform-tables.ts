import { type RiskName, risks } from "../../config/schema/risks.ts";
import type { Site } from "../../config/schema/site.ts";
import { gpuPriority, priorityClassOf, type Tier, tierFacts, untieredContainer } from "../../config/tiers.ts";
import { apiServerFlags, etcdFlags } from "../../constructs/platform/api-server-flags.ts";
import { renderAuditPolicy } from "../../constructs/platform/audit-policy.ts";
import { clusterPolicies } from "../../constructs/platform/policy-engine/policy-engine-rules.ts";
import { tenantAdmissionPolicies } from "../../constructs/platform/tenant-admission.ts";
import { outsideTheInternet } from "../../constructs/platform/tenant-network.ts";
import { code, markdownTable } from "./markdown-table.ts";

/** What each tier brings. */
export function tierTable(): string {
	return markdownTable(
		["Tier", "Priority class", "Preempts", "Container: CPU, memory, limit", "Largest limit", "Quota"],
		[
			...Object.entries(tierFacts).map(([tier, { priority, preempts, container, quota }]) => [
				code(tier),
				`${code(priorityClassOf(tier as Tier))} ${priority}`,
				preempts ? "yes" : "never",
				`${container.cpu}, ${container.memory}, ${container.memoryLimit}`,
				container.largestLimit,
				`${quota.cpu} CPU, ${quota.memory}, limits ${quota.memoryLimits}, ${quota.pods} pods`,
			]),
			[
				"none",
				"",
				"",
				`${untieredContainer.cpu}, ${untieredContainer.memory}, ${untieredContainer.memoryLimit}`,
				untieredContainer.largestLimit,
				"",
			],
			["pods with a GPU", `${code(gpuPriority.name)} ${gpuPriority.value}`, "yes", "", "", ""],
		],
	);
}

/** What tenants may not write, by the name that a refusal begins with. */
export function admissionTable(site: Site): string {
	return markdownTable(
		["Policy", "Refuses in", "What a refused person reads"],
		tenantAdmissionPolicies(site).flatMap(({ name, resources, validations }) =>
			validations.map(({ message }, index) => [
				index === 0 ? code(name) : "",
				index === 0 ? resources.join(", ").replaceAll("*/*", "every kind") : "",
				message,
			]),
		),
	);
}

/** Rules of the policy engine. */
export function enginePolicyTable(site: Site): string {
	const policies = clusterPolicies(site);
	if (policies.length === 0) return "";
	return markdownTable(
		["Policy", "Rules", "Purpose"],
		policies.map(({ name, purpose, rules }) => [code(name), String(rules.length), purpose]),
	);
}

/** Networks that tenants do not reach. */
export function closedNetworks(site: Site): string {
	return outsideTheInternet(site).map(code).join(", ");
}

/** Flags of the control plane's programs. */
export function controlPlaneFlags(site: Site): string {
	const rows = (program: string, flags: Readonly<Record<string, string>>) =>
		Object.entries(flags).map(([name, value], index) => [
			index === 0 ? program : "",
			code(`--${name}=${value}`),
		]);
	return markdownTable(
		["Program", "Flag"],
		[...rows("kube-apiserver", apiServerFlags(site)), ...rows("etcd", etcdFlags(site))],
	);
}

/** The audit policy file of the control plane. */
export function auditPolicy(): string {
	return `\`\`\`json\n${renderAuditPolicy()}\`\`\``;
}

/** Weaknesses that the site has, and why it accepts them. */
export function riskTable({ acceptedRisks }: Site): string {
	return markdownTable(
		["Risk", "What follows", "Why it is accepted"],
		(Object.keys(acceptedRisks) as RiskName[]).map((name) => [
			code(name),
			risks[name],
			acceptedRisks[name] ?? "",
		]),
	);
}
