import type { Problem } from "../schema/problem.ts";
import { bytesOf } from "../schema/quantity.ts";
import { hostLabels, identityNames, lastLabels, stackNames } from "../schema/reserved-names.ts";
import { quotaOf } from "./derive.ts";
import { type Entry, ownerFields } from "./entry.ts";
import { pipelineNamespacePrefix } from "./owner-names.ts";

/** An entry as far as it is valid: a malformed field, which the schema reports, has no value. */
type PartialEntry = Partial<Entry>;
type Entries = Readonly<Record<string, PartialEntry>>;

/** Rules about names, and about more than one value (docs/reference/owners.md#an-entry). */
export function* relationProblems(entries: Entries, hosts: readonly string[]): Iterable<Problem> {
	for (const [key, entry] of Object.entries(entries)) {
		yield* keyProblems(key);
		if (entry.role === undefined || entry.role === "namespace-owner") yield* ownerProblems(key, entry, hosts);
		else yield* roleProblems(key, entry);
	}
	yield* emailsAreUnique(entries);
	yield* organisationsAreUnique(entries);
	yield* domainsAreUnique(entries);
	yield* sharedNamespacesAgree(entries);
}

/** Fits a Kubernetes label, a login of the forge, and one segment of a path in Vault. */
const userKey = /^(?!.*--)[a-z0-9][-a-z0-9]{0,38}[a-z0-9]$/;

function* keyProblems(key: string): Iterable<Problem> {
	if (!userKey.test(key))
		yield {
			path: key,
			message:
				"expected 2 to 40 lower-case letters, digits and single inner dashes: the key becomes part of paths in Vault and of names in Kubernetes",
		};
	else if (stackNames.has(key) || identityNames.has(key))
		yield {
			path: key,
			message: `${key} is reserved: secret/${key} and what is named after it belong to the platform`,
		};
}

function* roleProblems(key: string, entry: PartialEntry): Iterable<Problem> {
	for (const field of ownerFields)
		if (entry[field] !== undefined)
			yield { path: `${key}.${field}`, message: `only a namespace-owner has it; ${key} is ${entry.role}` };
}

/** One DNS label with room for the `-deployer` of its role. */
const namespaceName = /^[a-z0-9]([-a-z0-9]{0,52}[a-z0-9])?$/;
const domainLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

function* ownerProblems(key: string, entry: PartialEntry, hosts: readonly string[]): Iterable<Problem> {
	const { namespaces = [], domains = [] } = entry;
	const missing = namespaces.length === 0 && (entry.namespaces !== undefined || !("namespaces" in entry));
	if (entry.role !== undefined && missing)
		yield { path: `${key}.namespaces`, message: "missing: a namespace-owner has at least one namespace" };
	for (const [index, name] of namespaces.entries()) {
		const path = `${key}.namespaces.${index}`;
		if (namespaces.indexOf(name) !== index) yield { path, message: `${name} is listed twice` };
		else if (!namespaceName.test(name))
			yield {
				path,
				message: "expected a DNS label of at most 54 lower-case letters, digits and inner dashes (RFC 1123)",
			};
		else if (name === "default" || name.startsWith("kube-") || name.endsWith("-deployer"))
			yield {
				path,
				message: `${name} is reserved: the names of Kubernetes' own namespaces and of deployers are taken`,
			};
		else if (stackNames.has(name))
			yield {
				path,
				message: `${name} is reserved: it names a stack, whose namespace or state key the owner would get`,
			};
		else if (name.startsWith(pipelineNamespacePrefix))
			yield {
				path,
				message: `${name} is reserved: an account there would get the rights of somebody's pipelines`,
			};
		else if (lastLabels.has(name) || name.startsWith("xn--"))
			yield {
				path,
				message: `${name} is reserved: hosts are called so, and Services of the namespace would answer for x.${name} in every pod`,
			};
	}
	for (const [index, label] of domains.entries()) {
		const path = `${key}.domains.${index}`;
		if (domains.indexOf(label) !== index) yield { path, message: `${label} is listed twice` };
		else if (!domainLabel.test(label))
			yield { path, message: "expected one DNS label in lower case, without the site's domain (RFC 1123)" };
		else if (hosts.includes(label) || hostLabels.has(label) || stackNames.has(label))
			yield { path, message: `${label} is reserved: the site serves that name` };
	}
	const { memoryRequests, memoryLimits } = quotaOf(entry);
	if ((bytesOf(memoryRequests) ?? 0) > (bytesOf(memoryLimits) ?? 0))
		yield {
			path: `${key}.quota.memory_requests`,
			message: `${memoryRequests} is more than memory_limits, ${memoryLimits}: expected at most that`,
		};
}

function* emailsAreUnique(entries: Entries): Iterable<Problem> {
	const first = new Map<string, string>();
	for (const [key, { email }] of Object.entries(entries)) {
		if (email === undefined) continue;
		const other = first.get(email);
		if (other === undefined) first.set(email, key);
		else
			yield {
				path: `${key}.email`,
				message: `${other} has the same address: each of the two would get the other's rights`,
			};
	}
}

function* organisationsAreUnique(entries: Entries): Iterable<Problem> {
	const first = new Map<number, string>();
	for (const [key, { ci_org_id: organisation }] of Object.entries(entries)) {
		if (organisation === undefined) continue;
		const other = first.get(organisation);
		if (other === undefined) first.set(organisation, key);
		else
			yield {
				path: `${key}.ci_org_id`,
				message: `${organisation} already belongs to ${other}: pipelines of the one would have the rights of the other`,
			};
	}
}

function* domainsAreUnique(entries: Entries): Iterable<Problem> {
	const first = new Map<string, string>();
	for (const [key, { domains = [] }] of Object.entries(entries))
		for (const [index, label] of domains.entries()) {
			const other = first.get(label) ?? key;
			first.set(label, other);
			if (other !== key)
				yield { path: `${key}.domains.${index}`, message: `${label} already belongs to ${other}` };
		}
}

/** A namespace has one quota: its owners state equal limits, in whatever notation, or none. */
function* sharedNamespacesAgree(entries: Entries): Iterable<Problem> {
	const first = new Map<string, { readonly key: string; readonly quota: string }>();
	for (const [key, entry] of Object.entries(entries)) {
		if (entry.quota === undefined) continue;
		const quota = JSON.stringify(quotaOf(entry));
		for (const name of new Set(entry.namespaces)) {
			const other = first.get(name);
			if (other === undefined) first.set(name, { key, quota });
			else if (other.quota !== quota)
				yield {
					path: `${key}.quota`,
					message: `${other.key} states other limits for ${name}, which both have: expected the same, or none`,
				};
		}
	}
}
