import { parseRegistry } from "../../../config/registry/parse-registry.ts";
import { ConfigError } from "../../../config/schema/problem.ts";

/** Two sound entries. */
export const owner = { role: "namespace-owner", email: "a@example.com", namespaces: ["alice"] };
export const other = { ...owner, email: "b@example.com", namespaces: ["bob"] };

/** Problems of a registry, given as a value or as text, as `path: message`. */
export function problems(registry: unknown): string[] {
	try {
		parseRegistry(typeof registry === "string" ? registry : JSON.stringify(registry));
		return [];
	} catch (error) {
		if (!(error instanceof ConfigError)) throw error;
		return error.problems.map(({ path, message }) => `${path}: ${message}`);
	}
}
