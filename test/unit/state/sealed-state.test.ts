import { describe, expect, test } from "vitest";
import { saysSealed, seal, sealedPrefix, unseal } from "../../../engine/state/sealed-state.ts";

const pending = {
	id: "1",
	at: "2026-01-02T03:04:05.000Z",
	who: "ann@desk",
	folder: "state/one",
	site: "mine",
	what: "move",
	source: { stack: "one", lineage: "a", objects: "x" },
	target: { stack: "two", lineage: "b", objects: "y" },
	moves: [{ from: "a.x", to: "a.y" }],
};

describe("a sealed state", () => {
	test.for([undefined, "", '{"version": 4, "exact": 12345678901234567890123, "odd": "\\u0000$s$\\\\"}\n'])(
		"holds what was there, character by character: %j",
		(text) => {
			const sealed = seal({ text, pending });
			expect(unseal(sealed)).toEqual({ text, pending });
			expect(sealed.startsWith(sealedPrefix)).toBe(true);
			expect(JSON.parse(sealed).why).toContain("ann@desk");
		},
	);

	test("is told from one that is not", () => {
		const text = '{"version": 4, "serial": 99}';
		expect(unseal(text)).toEqual({ text, pending: undefined });
		expect(unseal(undefined)).toEqual({ text: undefined, pending: undefined });
	});

	// As Terraform 1.11.4 and OpenTofu 1.12.6 print it.
	test.for([
		[
			true,
			"│ The state file uses format version 99, which is not supported by Terraform\n│ 1.11.4. This state file may have been created by a newer version of\n│ Terraform.",
		],
		[true, "The state file uses format\n│ version 99, which is not supported by OpenTofu 1.12.6."],
		[true, String.raw`{"detail":"The state file uses format\nversion 99, which is not supported"}`],
		[false, "The state file uses format version 5, which is not supported by Terraform 1.11.4."],
		[false, "format version 990"],
	] as const)("is known by what an engine says: %s", ([sealed, output]) => {
		expect(saysSealed(output)).toBe(sealed);
	});
});
