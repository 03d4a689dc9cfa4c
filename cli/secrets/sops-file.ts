import { parse } from "yaml";

export interface SopsFile {
	/** Path, for the format. */
	readonly file: string;
	readonly text: string;
	/** Keys of age that it must be for; undefined where nobody says. */
	readonly recipients: readonly string[] | undefined;
}

/** What SOPS writes beside the values. */
interface SopsPart {
	readonly mac?: unknown;
	readonly age?: readonly { readonly recipient?: unknown }[] | null;
}

/** What is wrong with a file that has to be encrypted by SOPS; JSON, YAML, or the JSON around a binary. */
export function sopsProblems({ file, text, recipients }: SopsFile): string[] {
	if (!/\.(ya?ml|json|enc)$/.test(file))
		return ["expected a file of SOPS, whose name ends in .yaml, .json or .enc"];
	const content = parsed(text);
	if (content === undefined) return ["in the clear: this is no file of SOPS"];
	const { sops, ...values } = content;
	const { mac, age } = (sops ?? {}) as SopsPart;
	if (typeof mac !== "string") return ["in the clear: this is no file of SOPS"];
	const clear = clearValues(values);
	if (clear.length > 0) return clear.map((path) => `${path} is in the clear`);
	if (recipients === undefined) return [];
	const found = (age ?? []).map(({ recipient }) => String(recipient));
	const missing = recipients.filter((recipient) => !found.includes(recipient));
	const others = found.filter((recipient) => !recipients.includes(recipient));
	const remedy = "infra secrets rotate encrypts it once more";
	return [
		...missing.map((recipient) => `${recipient} of the site cannot open it: ${remedy}`),
		...others.map((recipient) => `${recipient}, which the site does not name, can open it: ${remedy}`),
	];
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
	try {
		const content: unknown = parse(text);
		return typeof content === "object" && content !== null && !Array.isArray(content)
			? (content as Readonly<Record<string, unknown>>)
			: undefined;
	} catch {
		return undefined;
	}
}

/** Paths of values that are not encrypted. Nothing is hidden in what is empty: SOPS leaves it as it is. */
function clearValues(value: unknown, path = ""): string[] {
	if (value === null || value === "") return [];
	if (typeof value === "object")
		return Object.entries(value).flatMap(([key, inner]) =>
			clearValues(inner, path === "" ? key : `${path}.${key}`),
		);
	return typeof value === "string" && value.startsWith("ENC[AES256_GCM,") ? [] : [path];
}
