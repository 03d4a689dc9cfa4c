/** Shapes that only secrets have, each with the name it is reported by. Quotes, braces and `$` mark a template. */
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
/** What every shape contains: one pass over a text instead of one per shape, for nearly all texts. */
const trace =
	/PRIVATE KEY|AGE-SECRET|eyJ|A[KS]IA|hv[sbr]\.|gh[pousr]_|github_pat_|glpat-|\$[1-6ay]|-CRYPT|SSHA|:\/\//;

/** What a text contains that only secrets look like; undefined when it contains nothing of the kind. */
export function secretShape(text: string): string | undefined {
	if (text.length < shortestShape || !trace.test(text)) return undefined;
	return shapes.find(([, pattern]) => pattern.test(text))?.[0];
}

/** Cheap test that lets the splitting into words be skipped for nearly every name. */
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
/** `existingSecret`, `existingConfigSecret`, `imagePullSecret`, `tlsSecret`, `passwordSecret` hold the name of a Secret. */
const referenceWords = new Set(["config", "existing", "password", "pull", "tls"]);

/**
 * Whether a value of this name is a secret, by its last words: `DB_PASSWORD`, `client-secret`, `apiKey`; but not
 * `secretName` or `token_ttl`, which are about one. Write-only arguments (`password_wo`) count as what they write.
 */
export function isSecretName(name: string): boolean {
	if (!candidate.test(name)) return false;
	const words = name.split(wordBorder).map((word) => word.toLowerCase());
	if (words.at(-1) === "wo") words.pop();
	const [last = "", before = ""] = words.toReversed();
	if (last === "key") return keyPurposes.has(before);
	return secretWords.has(last) && !(last === "secret" && referenceWords.has(before));
}

/** Expressions, variables, templates, files, switches: values that say where the secret is, or that there is none. */
const reference = /^(?:\/|\$[({A-Za-z_]|<.*>$|%|(?:true|false|yes|no|none|null)$)|\$\{|\{\{|\(/i;

/** Whether a value is written out. */
export function isWrittenOut(value: string): boolean {
	return value.trim() !== "" && !reference.test(value);
}

const assignment =
	/(?:^[ \t]*(?:- |export )?["']?|(?<=[{,][ \t]*)")([A-Za-z][\w.-]*)["']?[ \t]*[:=][ \t]*(["']?)([^\s"',;#|>&*[{][^\s"',;#]*)/gm;
const pair =
	/\bname["']?[ \t]*[:=][ \t]*["']?([\w.-]+)["']?,?\s*["']?value["']?[ \t]*[:=][ \t]*(["']?)([^\s"',;#|>&*[{][^\s"',;#]*)/g;
const program = /\.(?:sh|py|js|ts|php|lua|rb|pl)$/;

/** First name in a text (YAML, JSON, an ini or environment file, an expression) to which a secret is written out. */
export function secretAssignment(key: string, text: string): string | undefined {
	// In programs, what stands behind the equals sign is code.
	if (program.test(key) || !candidate.test(text)) return undefined;
	for (const pattern of [assignment, pair])
		for (const [, name = "", quote, value = ""] of text.matchAll(pattern)) {
			if (!isSecretName(name) || !isWrittenOut(value)) continue;
			// Inside an expression a bare word is a reference.
			if (quote !== "" || !text.startsWith("${")) return name;
		}
	return undefined;
}
