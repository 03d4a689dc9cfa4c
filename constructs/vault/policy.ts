import { VisibleError } from "../../config/schema/visible-error.ts";
import type { VaultPath } from "./path.ts";

/** Capabilities of a policy (Vault's documentation, "Policies", section "Capabilities"). */
const capabilityNames = ["create", "read", "update", "patch", "delete", "list", "sudo", "deny"] as const;
export type Capability = (typeof capabilityNames)[number];

/** A rule of a policy as it is read back. */
export interface WrittenRule {
	readonly path: string;
	readonly capabilities: readonly string[];
}

export interface PolicyRule extends WrittenRule {
	/** `*` matches the rest of the path and may only be its end; `+` matches one segment. */
	readonly path: VaultPath;
	readonly capabilities: readonly [Capability, ...Capability[]];
	/** Reason of the rule, if the path does not show it. */
	readonly comment?: string;
}

/** Mistakes that Vault accepts but interprets otherwise than intended. */
export function* policyProblems(rules: readonly WrittenRule[]): Iterable<string> {
	const seen = new Set<string>();
	for (const { path, capabilities } of rules) {
		if (seen.has(path)) yield `${path} has two rules: Vault joins them silently`;
		seen.add(path);
		if (/\*(?!$)/.test(path)) yield `${path}: a * that is not last is a literal star`;
		if (path.split("/").some((part) => part.includes("+") && part !== "+"))
			yield `${path}: a + inside a segment is a literal plus`;
		if (!/^[\w.*+-]+(?:\/[\w.*+-]+)*$/.test(path))
			yield `${path}: expected segments of letters, digits and - _ . between single slashes`;
		if (capabilities.length === 0) yield `${path}: no capability: write deny, or no rule`;
		for (const capability of capabilities)
			if (!(capabilityNames as readonly string[]).includes(capability))
				yield `${path}: ${capability} is none of ${capabilityNames.join(", ")}`;
		if (capabilities.includes("deny") && capabilities.length > 1)
			yield `${path}: deny overrides ${capabilities.filter((capability) => capability !== "deny").join(", ")}`;
		if (new Set<string>(capabilities).size < capabilities.length)
			yield `${path}: a capability is listed twice`;
		if (
			/^kubernetes\/creds\//.test(path) &&
			capabilities.includes("read") &&
			!capabilities.includes("update")
		)
			yield `${path}: credentials are issued by update, read opens nothing`;
	}
}

/**
 * A policy in JSON, which Vault takes in place of HCL and keeps to the letter (Vault's documentation, "Policies",
 * section "Policy syntax").
 *
 * @throws VisibleError with every problem of its rules
 */
export function renderPolicy(rules: readonly PolicyRule[]): string {
	const problems = [...policyProblems(rules)];
	if (problems.length > 0) throw new VisibleError(problems.join("\n"));
	const entries = rules.map(({ path, comment, capabilities }) => [path, { comment, capabilities }] as const);
	return JSON.stringify({ path: Object.fromEntries(entries) }, undefined, 2);
}
