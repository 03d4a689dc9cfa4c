import type { WrittenRule } from "../../constructs/vault/policy.ts";
import { capabilitiesAt } from "../../constructs/vault/policy-decision.ts";

/** What Vault knows of who logs in, for policies with templates; undefined is unknown here. */
export interface Identity {
	readonly entity?: string;
	readonly namespace?: string;
	readonly account?: string;
}

/** Rules of a token, and those whose template nothing here can fill in. */
export interface Acl {
	readonly rules: readonly WrittenRule[];
	readonly unknown: readonly string[];
}

const template = /\{\{\s*([^}]+?)\s*\}\}/g;

/**
 * Joins the policies of a token: rules of the same path are one rule with the capabilities of all, and `deny` among them
 * leaves no other (Vault's documentation, "Policies").
 */
export function joinPolicies(policies: readonly (readonly WrittenRule[])[], identity: Identity): Acl {
	const byPath = new Map<string, Set<string>>();
	const unknown: string[] = [];
	for (const { path, capabilities } of policies.flat()) {
		const filled = fill(path, identity);
		if (filled === undefined) {
			unknown.push(path);
			continue;
		}
		const known = byPath.get(filled) ?? new Set<string>();
		byPath.set(filled, known);
		for (const capability of capabilities) known.add(capability);
	}
	return {
		rules: [...byPath].map(([path, capabilities]) => ({
			path,
			capabilities: capabilities.has("deny") ? ["deny"] : [...capabilities].sort(),
		})),
		unknown: unknown.sort(),
	};
}

/** Capabilities of a token at a path; none where a rule denies, or none covers it. */
export function tokenCapabilities({ rules }: Pick<Acl, "rules">, path: string): readonly string[] {
	return capabilitiesAt(rules, path).filter((capability) => capability !== "deny");
}

/** A path with its templates filled in; undefined when one cannot be (Vault's documentation, "Templated policies"). */
function fill(path: string, { entity, namespace, account }: Identity): string | undefined {
	let known = !/[$%]\{/.test(path.replace(template, ""));
	const filled = path.replace(template, (_, name: string) => {
		const value =
			name === "identity.entity.name"
				? entity
				: name.endsWith(".metadata.service_account_namespace")
					? namespace
					: name.endsWith(".metadata.service_account_name")
						? account
						: undefined;
		if (value === undefined) known = false;
		return value ?? "";
	});
	return known ? filled : undefined;
}

/** Stand for whatever a wildcard at the end, or in one segment, matches and nobody names. */
const anyEnd = "~";
const anySegment = "^";

/** A path that only this rule, and wider ones, cover. */
export function samplePath(pattern: string): string {
	const open = pattern.endsWith("*");
	const segments = (open ? pattern.slice(0, -1) : pattern).split("/");
	return `${segments.map((part) => (part === "+" ? anySegment : part)).join("/")}${open ? anyEnd : ""}`;
}

/** A path as a person reads it. */
export function readablePath(sample: string): string {
	return sample.replaceAll(anySegment, "+").replaceAll(anyEnd, "*");
}
