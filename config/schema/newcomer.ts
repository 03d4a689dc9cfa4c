import { word } from "./texts.ts";
import { z } from "./zod.ts";

/** Machines that a tool is released for, as the Go toolchain calls them. */
export const platforms = ["linux-amd64", "linux-arm64", "darwin-amd64", "darwin-arm64"] as const;

const sha256 = z
	.string()
	.regex(/^[0-9a-f]{64}$/, "expected the SHA-256 sum of the download, 64 lower-case hexadecimal digits");

const tool = z.strictObject({
	version: z
		.string()
		.regex(/^\d+\.\d+\.\d+$/, "expected the exact version that the sums belong to, such as 2.0.4"),
	url: z
		.string()
		.regex(
			/^https?:\/\/[\w.:/{}-]*\{version\}[\w.:/{}-]*$/,
			"expected a URL with {version}, and {os} and {arch} where they occur",
		)
		.describe("`{version}`, `{os}` and `{arch}` are replaced"),
	archived: word
		.optional()
		.describe("Name of the program in the ZIP archive; absent when the download is the program"),
	sha256: z.record(z.enum(platforms), sha256).describe("Sum of the download for every platform"),
});

/** Tools and access that the machine of a new user needs. */
export const newcomer = z.strictObject({
	apiServer: z
		.url({ protocol: /^https$/, error: "expected a URL such as https://192.0.2.10:6443" })
		.describe("The Kubernetes API as people reach it, over the VPN"),
	oidc: z.strictObject({
		issuer: z.url({ protocol: /^https$/ }).describe("As the API server has it, to the slash"),
		clientId: word,
		scopes: z.array(word).describe("Besides `openid`"),
	}),
	tools: z
		.record(z.string().regex(/^[a-z][a-z0-9_-]*$/, "expected the name of a command in lower case"), tool)
		.describe("Programs by the name of their command"),
});

export type Newcomer = z.output<typeof newcomer>;
