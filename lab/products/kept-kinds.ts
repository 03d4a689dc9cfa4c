import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../config/project-root.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import kept from "./kinds.json" with { type: "json" };
import type { ClusterObject, Definition } from "./product-files.ts";

/** Whether a version of a kind is served, and whether it is the one that objects are stored as. */
export type VersionState = "stored" | "served" | "retired";

/** A kind as its product defines it. */
export interface KeptKind {
	readonly group: string;
	readonly kind: string;
	readonly plural: string;
	readonly scope: "Namespaced" | "Cluster";
	readonly versions: Readonly<Record<string, VersionState>>;
}

/** A ClusterRole whose rules become those of a built-in role. */
export interface KeptRole {
	readonly name: string;
	/** Built-in roles, such as `admin`. */
	readonly into: readonly string[];
	readonly rules: NonNullable<ClusterObject["rules"]>;
}

/** What this project keeps of a product: `npm run kinds` writes it into `kinds.json`, nobody else. */
export interface KeptProduct {
	/** Version of its Go module. */
	readonly version: string;
	readonly kinds: readonly KeptKind[];
	readonly roles: readonly KeptRole[];
}

/** By folder below `tools/`. */
export const keptProducts = kept as Readonly<Record<"external-secrets" | "kyverno" | "traefik", KeptProduct>>;

const aggregateTo = "rbac.authorization.k8s.io/aggregate-to-";

/** What is kept of a product's own files. */
export function kindsOf(
	version: string,
	definitions: readonly Definition[],
	objects: readonly ClusterObject[],
): KeptProduct {
	return {
		version,
		kinds: definitions
			.map(({ spec: { group, names, scope, versions } }) => ({
				group,
				kind: names.kind,
				plural: names.plural,
				scope,
				versions: Object.fromEntries(
					versions.map(({ name, served, storage }): [string, VersionState] => [
						name,
						served ? (storage ? "stored" : "served") : "retired",
					]),
				),
			}))
			.sort((one, other) => compare(`${one.group} ${one.plural}`, `${other.group} ${other.plural}`)),
		roles: objects
			.filter(({ kind }) => kind === "ClusterRole")
			.map(({ metadata, rules = [] }) => ({
				name: metadata.name,
				into: Object.entries(metadata.labels ?? {})
					.filter(([label, value]) => label.startsWith(aggregateTo) && value === "true")
					.map(([label]) => label.slice(aggregateTo.length))
					.sort(),
				rules,
			}))
			.filter(({ into }) => into.length > 0)
			.sort((one, other) => compare(one.name, other.name)),
	};
}

const compare = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);

/** The labels by which a role is aggregated. */
export const labelsOf = ({ into }: KeptRole): Readonly<Record<string, string>> =>
	Object.fromEntries(into.map((name) => [`${aggregateTo}${name}`, "true"]));

/** The version of a product that the lab builds. @param tool folder below `tools/` */
export function moduleVersion(tool: string, module: string): string {
	const file = `tools/${tool}/go.mod`;
	const found = readFileSync(join(projectRoot, file), "utf8")
		.split("\n")
		.map((line) =>
			line
				.trim()
				.replace(/^require /, "")
				.split(" "),
		)
		.find(([name]) => name === module);
	if (found?.[1] === undefined) throw new VisibleError(`${file} does not require ${module}`);
	return found[1];
}
