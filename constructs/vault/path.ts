import { vaultSegment } from "../../config/schema/vault.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";

declare const checked: unique symbol;

/** A path in Vault whose interpolated parts are plain names. Made by {@link vaultPath} only. */
export type VaultPath = string & { readonly [checked]: true };

/**
 * A path in Vault, such as `vaultPath\`secret/data/${user}/*\``. The literal part may have wildcards, an interpolated
 * part must be a plain name: a user called `*` would otherwise own every secret.
 *
 * @throws VisibleError when an interpolated part is not a plain name
 */
export function vaultPath(text: TemplateStringsArray, ...names: readonly string[]): VaultPath {
	for (const name of names)
		if (!vaultSegment.test(name))
			throw new VisibleError(`"${name}" is no name of one path segment: use letters, digits and inner - _ .`);
	return String.raw(text, ...names) as VaultPath;
}

/**
 * Path of an entry's values in the KV engine, version 2.
 *
 * @param entry path of one or more segments
 * @throws VisibleError when a segment is not a plain name
 */
export function entryPathOf(mount: string, entry: string): VaultPath {
	return [vaultPath`${mount}/data`, ...entry.split("/").map((name) => vaultPath`${name}`)].join(
		"/",
	) as VaultPath;
}
