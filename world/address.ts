/** `T.N["a"]` and `T.N[0]` -> `T.N`; the address of a provider, `provider["…"]`, has no key. */
export function withoutKey(address: string): string {
	return address.startsWith("provider[") ? address : address.replace(/\[.*\]$/, "");
}
