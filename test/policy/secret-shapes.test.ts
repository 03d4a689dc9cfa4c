import { describe, expect, it } from "vitest";
import { isSecretName, isWrittenOut, secretShape } from "../../rules/secret-shapes.ts";

/** Put together at run time, so that no scanner of the repository stops at them. */
const text = (...parts: string[]) => parts.join("");
const letters = "abcdefghijklmnopqrstuvwxyz";

describe("the shape of a secret", () => {
	it.each([
		["a private key", text("AGE-SECRET", "-KEY-1QQQQQQQQ")],
		["a cloud access key", text("key AKIA", "QQQQQQQQQQQQQQQQ")],
		["a forge token", text("token ghp", "_", letters, "123456")],
		["a forge token", text("glpat", "-", letters)],
		["a password hash", text("{SSHA}", letters)],
		["a password hash", text("$2y$10$", letters)],
		["a password hash", text("$argon2id$", "v=19$m=1,t=1,p=1$", letters)],
	])("is recognised: %s", (shape, value) => {
		expect(secretShape(value)).toBe(shape);
	});

	it.each([
		["a public key", "-----BEGIN PUBLIC KEY-----"],
		["an image with a port and a digest", "oci://registry:5000/web@sha256:0a"],
		["a URL whose password is a variable", "redis://user:$(PASSWORD)@cache:6379"],
		["a URL whose password is a template", "postgres://{{.user}}:{{.password}}@db/shop"],
		["a dollar amount in a sentence", "the plan costs $5 a month, or $50 a year"],
		["a host name", "hvs.example.org is the name of a host"],
	])("is not seen in %s", (_, value) => {
		expect(secretShape(value)).toBeUndefined();
	});
});

it.each([
	"DB_PASSWORD",
	"smtpPass",
	"gethomepage.dev/widget.key",
	"auth.password",
	"client-secret",
	"apiKey",
	"API_KEY",
	"apikey",
	"token_wo",
])("%s names a secret", (name) => {
	expect(isSecretName(name)).toBe(true);
});

it.each([
	"secretName",
	"token_ttl",
	"imagePullSecret",
	"existingConfigSecret",
	"passwordSecret",
	"tls-secret",
	"key",
	"public_key",
	"compass",
])("%s names no secret", (name) => {
	expect(isSecretName(name)).toBe(false);
});

it.each([
	"",
	" ",
	"true",
	"No",
	"/run/token",
	"$TOKEN",
	"$(TOKEN)",
	"${var.token}",
	"{{ .token }}",
	"<token>",
	"read()",
])("the value %j is not written out", (value) => {
	expect(isWrittenOut(value)).toBe(false);
});

it.each(["letmein", "truest", "12345678", "a$b"])("the value %j is written out", (value) => {
	expect(isWrittenOut(value)).toBe(true);
});
