import type { Registry } from "../../config/registry/registry.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { forgeName } from "../../config/schema/woodpecker.ts";

/**
 * Logins of the CI server's administrators: those of the site, and every owner with `ci_admin` who is not disabled,
 * each once, sorted. The key of an owner is the login at the forge.
 *
 * @throws VisibleError for a key that the list would split into several logins, or that is no login of the forge
 */
export function woodpeckerAdministrators(
	{ owners }: Pick<Registry, "owners">,
	administrators: readonly string[],
): readonly string[] {
	const logins = [
		...administrators,
		...owners.flatMap(({ key, disabled, ciAdmin }) => (ciAdmin && !disabled ? [key] : [])),
	];
	for (const login of logins)
		if (!forgeName.safeParse(login).success)
			throw new VisibleError(`"${login}" is no login at a forge: use letters, digits and inner - _ .`);
	return [...new Set(logins)].sort();
}
