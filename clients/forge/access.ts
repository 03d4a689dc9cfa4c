import type { Site } from "../../config/schema/site.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { Forge } from "./forge.ts";

/**
 * The repository of this project at the site's forge.
 *
 * @param token of the account that writes there
 * @throws UsageError without a token
 */
export function forgeOf({ woodpecker }: Pick<Site, "woodpecker">, token = ""): Forge {
	if (token === "")
		throw new UsageError(
			"INFRA_FORGE_TOKEN is not set: the forge is asked with it",
			"a token of an account of its own that may write issues and statuses, in the environment",
		);
	const { forge, infrastructureRepository } = woodpecker;
	return new Forge({
		kind: forge.kind,
		address: forge.url,
		repository: infrastructureRepository,
		token,
	});
}
