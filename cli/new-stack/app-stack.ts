import type { Registry } from "../../config/registry/registry.ts";
import { stackNames } from "../../config/schema/reserved-names.ts";
import {
	type AppClaims,
	codeProblems,
	registryProblems,
} from "../../constructs/tenants/owner-app-problems.ts";
import { UsageError } from "../../terminal/usage-error.ts";

/** A stack that runs one application of a namespace-owner, as it was asked for. */
export interface AppStack extends AppClaims {
	/** Name of the stack. */
	readonly name: string;
	/** One line for tables. */
	readonly purpose: string;
	readonly secrets: Readonly<Record<string, string>>;
}

/** The limit leaves room for suffixes that are added to a stack's name, such as that of a namespace. */
const stackName = /^(?=.{2,54}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
/** Excludes characters that would end a string or a comment of TypeScript. */
const oneLine = /^[^"\\`$*\n\r]{1,90}$/;

/** @throws UsageError with everything that is wrong with the stack, or with its place in the project */
export function checkAppStack(stack: AppStack, registry: Registry, existing: readonly string[]): void {
	const { name, purpose, secrets } = stack;
	const taken = [
		...registry.users.map(({ key }) => key),
		...registry.namespaces.map((namespace) => namespace.name),
		...registry.domains.map(({ label }) => label),
	];
	const problems = [
		...(stackName.test(name)
			? []
			: [`name ${name}: expected lower-case words with dashes, such as alice-shop`]),
		...(existing.includes(name)
			? [`name ${name}: there is such a stack`]
			: stackNames.has(name)
				? [`name ${name}: reserved for the platform`]
				: []),
		...(taken.includes(name)
			? [`name ${name}: the registry has a user, namespace or domain of that name; prefix the owner's`]
			: []),
		...(oneLine.test(purpose)
			? []
			: ["purpose: expected one line of at most 90 characters, without quotes, backslashes, $ and *"]),
		...Object.entries(secrets)
			.filter(([variable, key]) => !(/^[A-Z_][A-Z0-9_]*$/.test(variable) && /^[\w.-]+$/.test(key)))
			.map(
				([variable, key]) =>
					`secret ${variable}=${key}: expected a variable and a key, such as API_KEY=api_key`,
			),
		...registryProblems(registry, stack),
		...(registry.disabledOwners.some(({ key }) => key === stack.owner)
			? [`owner ${stack.owner}: is disabled, and so the app would have no pods`]
			: []),
		...codeProblems(stack),
	];
	if (problems.length > 0) throw new UsageError([`stack ${name} cannot be made`, ...problems].join("\n"));
}
