import type { Registry } from "../../config/registry/registry.ts";
import { ask } from "../../terminal/prompt.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import type { AppStack } from "./app-stack.ts";

/** Options of the command line, as they were given. */
export interface AppOptions {
	readonly owner?: string | undefined;
	readonly namespace?: string | undefined;
	readonly app?: string | undefined;
	readonly image?: string | undefined;
	readonly port?: string | undefined;
	readonly host?: string | undefined;
	/** `VARIABLE=key` each. */
	readonly secret: readonly string[];
	readonly purpose?: string | undefined;
}

/**
 * The app from the options, completed by questions on the terminal.
 *
 * @throws UsageError when an option without a default is missing and there is no terminal
 */
export async function askForApp(name: string, options: AppOptions, { owners }: Registry): Promise<AppStack> {
	const missing = (["owner", "image"] as const).filter((option) => options[option] === undefined);
	const asks = process.stdin.isTTY && missing.length > 0;
	if (missing.length > 0 && !asks)
		throw new UsageError(
			`new stack needs ${missing.map((option) => `--${option}`).join(" and ")}`,
			"without a terminal to ask on, everything without a default must be given",
		);
	/** The answer to a question whose option is missing; nothing typed is the default. */
	const answer = async (given: string | undefined, question: string, fallback = "") =>
		given ??
		((asks && (await ask(`${question}${fallback === "" ? "" : ` (${fallback})`}: `)).trim()) || fallback);

	const owner = await answer(
		options.owner,
		"Owner",
		owners.find(({ key }) => name.startsWith(`${key}-`))?.key,
	);
	const person = owners.find(({ key }) => key === owner);
	const namespace = await answer(options.namespace, "Namespace", person?.namespaces[0]);
	const app = await answer(
		options.app,
		"Name of the app",
		name.startsWith(`${owner}-`) ? name.slice(owner.length + 1) : name,
	);
	const image = await answer(options.image, "Image with a fixed tag");
	const port = await answer(options.port, "Port", "8080");
	const host = await answer(
		options.host,
		`Host, one of ${person?.domains.join(", ") || "none"}; empty for none`,
	);
	const purpose = await answer(options.purpose, "Purpose in one line", `The app ${app} of ${owner}`);
	const secrets = Object.fromEntries(
		options.secret.map((text) => {
			const [, variable = text, key = ""] = /^([^=]*)=(.*)$/.exec(text) ?? [];
			return [variable, key];
		}),
	);
	return {
		name,
		owner,
		namespace,
		app,
		image,
		port: Number(port),
		purpose,
		secrets,
		...(host === "" ? {} : { host }),
	};
}
