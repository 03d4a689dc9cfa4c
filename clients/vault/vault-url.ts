import { VisibleError } from "../../config/schema/visible-error.ts";

/** Names that no URL can spell: clients and servers resolve them as relative segments (RFC 3986 section 5.2.4). */
export const unspeakable: readonly string[] = ["", ".", ".."];

/** A name that cannot be a segment of a URL. */
export class UnspeakableName extends VisibleError {
	override readonly name = "UnspeakableName";
}

/**
 * URL of a path in Vault's API. Each name is encoded as one segment, so that a name chosen by a user can never reach
 * another path (RFC 3986 section 3.3).
 *
 * @param address base URL of Vault
 * @param names segments below `/v1/`
 * @throws UnspeakableName for a name that no URL can spell
 */
export function vaultUrl(address: string, ...names: readonly string[]): string {
	const segments = names.map((name) => {
		if (unspeakable.includes(name))
			throw new UnspeakableName(`"${names.join("/")}": no URL can spell the part "${name}"`);
		return encodeURIComponent(name);
	});
	return `${address.replace(/\/+$/, "")}/v1/${segments.join("/")}`;
}
