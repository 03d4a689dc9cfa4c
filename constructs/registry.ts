import type { Construct } from "constructs";
import type { Registry } from "../config/registry/registry.ts";
import { VisibleError } from "../config/schema/visible-error.ts";

const contextKey = "infra.registry";

/** Makes the tenants known to every construct below `scope`. */
export function provideRegistry(scope: Construct, registry: Registry): void {
	scope.node.setContext(contextKey, registry);
}

/** The tenants of the site that a construct is built for. @throws when no ancestor provides them */
export function registryOf(construct: Construct): Registry {
	const registry = construct.node.tryGetContext(contextKey);
	if (registry === undefined)
		throw new VisibleError(
			`${construct.node.path} needs the registry of tenants: it is not read while vault.phase is "server"`,
		);
	return registry;
}
