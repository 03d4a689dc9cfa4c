import type { AppStack } from "./app-stack.ts";

interface Entry {
	readonly namespaces?: readonly string[];
	readonly domains?: readonly string[];
}

/**
 * Adds an owner who may have the app to the lab's registry, from which tests build every stack: the real registry is in
 * no repository. The owner's address is a dummy.
 *
 * @param text the lab's registry
 * @returns the same text when the lab has such an owner already
 */
export function withStandIn(text: string, { owner, namespace, host }: AppStack): string {
	const entries = JSON.parse(text) as Record<string, Entry>;
	const existing = entries[owner];
	const { namespaces = [], domains = [] } = existing ?? {};
	if (namespaces.includes(namespace) && (host === undefined || domains.includes(host))) return text;
	const edited = {
		...entries,
		[owner]: {
			role: "namespace-owner",
			email: `${owner}@example.com`,
			...existing,
			namespaces: [...new Set([...namespaces, namespace])],
			...(host === undefined ? {} : { domains: [...new Set([...domains, host])] }),
		},
	};
	return `${JSON.stringify(edited, null, "\t")}\n`;
}
