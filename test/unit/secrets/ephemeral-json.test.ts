import { expect, test } from "vitest";
import { ephemeralJson } from "../../../constructs/secrets/ephemeral-json.ts";

test("Terraform quotes what it alone knows", () => {
	expect(ephemeralJson({ user: "admin", password: '${ephemeral.vault.it.data["p"]}', ports: [1, 2] })).toBe(
		'{"user":"admin","password":${jsonencode(ephemeral.vault.it.data["p"])},"ports":[1,2]}',
	);
});

test("template markers in a plain value stay text", () => {
	expect(ephemeralJson({ format: "%{http_code} ${x" })).toBe('{"format":"%%{http_code} $${x"}');
});
