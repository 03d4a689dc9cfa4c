import { vaultSegment } from "../../config/schema/vault.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";

declare const checked: unique symbol;

/** Path in Vault whose variable parts are plain names. Made by {@link vaultPath} only. */
export type VaultPath = string & { readonly [checked]: true };

/**
 * A path in Vault, such as `vaultPath\`secret/data/${user}/*\``. What stands in the code may have wildcards, what is
 * put in is a name and nothing else: a user called `*` would otherwise own every secret.
 *
 * @throws VisibleError when a part that is put in is more than a name
 */
export function vaultPath(text: TemplateStringsArray, ...names: readonly string[]): VaultPath {
	for (const name of names)
		if (!vaultSegment.test(name))
			throw new VisibleError(`"${name}" is no name of one path segment: use letters, digits and inner - _ .`);
	return String.raw(text, ...names) as VaultPath;
}
