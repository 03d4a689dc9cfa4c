import { VisibleError } from "../../config/schema/visible-error.ts";

/** Names that no URL can spell: clients and servers take them for steps on the way (RFC 3986 section 5.2.4). */
export const unspeakable: readonly string[] = ["", ".", ".."];

/** A name that is no part of any URL. */
export class UnspeakableName extends VisibleError {
	override readonly name = "UnspeakableName";
}

/**
 * URL of a path in Vault's API. Each name is one segment, whatever signs it has: what a person may have chosen never
 * becomes more than a name (RFC 3986 section 3.3).
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
