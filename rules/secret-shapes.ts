/** Patterns of secrets, with the name to report. Quotes, braces and `$` mark a template. */
const shapes: readonly (readonly [shape: string, pattern: RegExp])[] = [
	["a private key", /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY|AGE-SECRET-KEY-1/],
	["a JSON web token", /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/],
	["a cloud access key", /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/],
	["a Vault token", /\bhv[sbr]\.[\w-]{20,}/],
	["a forge token", /\b(?:gh[pousr]_\w{30,}|github_pat_\w{30,}|glpat-[\w-]{20,})/],
	[
		"a password hash",
		/\$(?:2[aby]\$\d\d|[1-6y]|argon2\w+)\$[\w./$,=+]{20,}|\{(?:SSHA|BLF-CRYPT|SHA512-CRYPT)\}\S/,
	],
	["a URL with a password", /:\/\/[^\s:/@"'{]*:[^\s:/@"'${}<>()]+@\S/],
];
const shortestShape = 20;
/** A substring of every pattern, which most texts lack: it saves testing each pattern. */
const trace =
	/PRIVATE KEY|AGE-SECRET|eyJ|A[KS]IA|hv[sbr]\.|gh[pousr]_|github_pat_|glpat-|\$[1-6ay]|-CRYPT|SSHA|:\/\//;

/** Name of the secret pattern in a text; undefined when it has none. */
export function secretShape(text: string): string | undefined {
	if (text.length < shortestShape || !trace.test(text)) return undefined;
	return shapes.find(([, pattern]) => pattern.test(text))?.[0];
}

/** Quick test that most names fail, before they are split into words. */
const candidate = /pass|pwd|secret|token|key/i;
const wordBorder = /(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+/;
const secretWords = new Set(["apikey", "pass", "passphrase", "passwd", "password", "pwd", "secret", "token"]);
const keyPurposes = new Set([
	"access",
	"api",
	"auth",
	"encryption",
	"private",
	"secret",
	"signing",
	"widget",
]);
/**
 * `existingSecret`, `existingConfigSecret`, `imagePullSecret`, `tlsSecret`, `passwordSecret` hold the name of a Secret.
 */
const referenceWords = new Set(["config", "existing", "password", "pull", "tls"]);

/**
 * Whether a value of this name is a secret, by the last words of the name: `DB_PASSWORD`, `client-secret`, `apiKey`;
 * but not `secretName` or `token_ttl`. Write-only arguments (`password_wo`) count as the argument that they write.
 */
export function isSecretName(name: string): boolean {
	if (!candidate.test(name)) return false;
	const words = name.split(wordBorder).map((word) => word.toLowerCase());
	if (words.at(-1) === "wo") words.pop();
	const [last = "", before = ""] = words.toReversed();
	if (last === "key") return keyPurposes.has(before);
	return secretWords.has(last) && !(last === "secret" && referenceWords.has(before));
}

/**
 * Expressions, variables, templates, paths and switches: values that refer to a secret, or state that there is none.
 */
const reference = /^(?:\/|\$[({A-Za-z_]|<.*>$|%|(?:true|false|yes|no|none|null)$)|\$\{|\{\{|\(/i;

/** Whether a value is a literal. */
export function isWrittenOut(value: string): boolean {
	return value.trim() !== "" && !reference.test(value);
}

const assignment =
	/(?:^[ \t]*(?:- |export )?["']?|(?<=[{,][ \t]*)")([A-Za-z][\w.-]*)["']?[ \t]*[:=][ \t]*(["']?)([^\s"',;#|>&*[{][^\s"',;#]*)/gm;
const pair =
	/\bname["']?[ \t]*[:=][ \t]*["']?([\w.-]+)["']?,?\s*["']?value["']?[ \t]*[:=][ \t]*(["']?)([^\s"',;#|>&*[{][^\s"',;#]*)/g;
const program = /\.(?:sh|py|js|ts|php|lua|rb|pl)$/;

/** First name in a text (YAML, JSON, an ini or environment file, an expression) that is assigned a literal secret. */
export function secretAssignment(key: string, text: string): string | undefined {
	// In a program, the right-hand side is code.
	if (program.test(key) || !candidate.test(text)) return undefined;
	for (const pattern of [assignment, pair])
		for (const [, name = "", quote, value = ""] of text.matchAll(pattern)) {
			if (!isSecretName(name) || !isWrittenOut(value)) continue;
			// Inside an expression a bare word is a reference.
			if (quote !== "" || !text.startsWith("${")) return name;
		}
	return undefined;
}
