import { expect, test } from "vitest";
import { vaultUrl } from "../../../clients/vault/vault-url.ts";

test("a name is one segment of a URL, whatever is in it", () => {
	const address = "https://vault.example.org/";
	const names = ["what?now", "a#b", "100%25", "%2e%2e", " a ", "ü", "a\\..\\b", "x/y"];
	for (const name of names) {
		const { pathname, search, hash } = new URL(vaultUrl(address, "secret", "metadata", name));
		expect(search + hash).toBe("");
		expect(pathname.split("/").map(decodeURIComponent)).toEqual(["", "v1", "secret", "metadata", name]);
	}
	for (const name of [".", "..", ""])
		expect(() => vaultUrl(address, "secret", name)).toThrow(`no URL can spell the part "${name}"`);
});
