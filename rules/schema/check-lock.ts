import { type LockedProvider, lockedProvider, readLock } from "../../providers/lock/lock-file.ts";
import { committedSchema } from "../../providers/schema/committed.ts";
import type { SchemaSource } from "../../providers/schema/provider-schema.ts";
import { admits } from "../../providers/schema/version-constraint.ts";
import type { World } from "../../world/world.ts";
import type { Finding } from "../finding.ts";

/**
 * Checks that the locked version of each provider, which plans use, is that of the kept schema and satisfies the
 * constraint of the stacks.
 */
export function checkLock(
	{ stacks }: World,
	locked: readonly LockedProvider[] = readLock(),
	schemaOf: SchemaSource = committedSchema,
): Finding[] {
	return stacks.flatMap(({ stack, json }) => {
		const { required_providers: required = {} } = (json.terraform ?? {}) as {
			readonly required_providers?: Readonly<
				Record<string, { readonly source: string; readonly version: string }>
			>;
		};
		return Object.entries(required).flatMap(([name, { source, version }]) => {
			const problem = problemOf(lockedProvider(locked, source), schemaOf(name)?.version, version);
			if (problem === undefined) return [];
			return [
				{
					rule: "provider-locked",
					severity: "error" as const,
					stack,
					path: stack,
					address: "",
					argument: `terraform.required_providers.${name}.version`,
					message: problem,
					remedy: `Run \`npx infra schemas refresh ${name}\`, which takes the schema of the version that the stacks admit, and locks it.`,
				},
			];
		});
	});
}

function problemOf(
	locked: LockedProvider | undefined,
	schema: string | undefined,
	constraint: string,
): string | undefined {
	if (locked === undefined)
		return "the lock file does not hold the provider: each plan could use another version";
	if (locked.version !== schema)
		return `the lock file has ${locked.version}, the kept schema is of ${schema ?? "no version"}`;
	return admits(constraint, locked.version)
		? undefined
		: `"${constraint}" does not admit ${locked.version}, which is locked`;
}
