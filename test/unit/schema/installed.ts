import { committedSchema } from "../../../providers/schema/committed.ts";
import { type FullSchema, installedSchemas } from "../../../providers/schema/installed-schemas.ts";
import { providers } from "../../../stacks/providers.ts";

const asked = new Map<string, Promise<FullSchema | string>>();

/** The whole schema of a provider, or why Terraform cannot install it. It is asked once for each. */
export function installed(name: string): Promise<FullSchema | string> {
	let answer = asked.get(name);
	if (answer === undefined) {
		answer = ask(name);
		asked.set(name, answer);
	}
	return answer;
}

/** The provider at exactly the version that every plan uses, whatever else the machine has. */
export function lockedRequirement(name: string) {
	const provider = providers[name];
	const version = committedSchema(name)?.version;
	return provider === undefined || version === undefined ? undefined : { ...provider, version };
}

async function ask(name: string): Promise<FullSchema | string> {
	const requirement = lockedRequirement(name);
	if (requirement === undefined) return `stacks/providers.ts does not list ${name}`;
	try {
		const signal = AbortSignal.timeout(60_000);
		const schemas = await installedSchemas({ providers: { [name]: requirement }, signal });
		return schemas.get(name) ?? `no schema of ${name}`;
	} catch {
		return `terraform init cannot install the provider ${name} ${requirement.version}: give it a registry, a mirror or the plugin folder`;
	}
}
