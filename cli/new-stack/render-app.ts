import { defined } from "../../config/schema/defined.ts";
import type { AppStack } from "./app-stack.ts";

/** Files of the template, relative to the project, and where each goes. */
const places = (name: string): Readonly<Record<string, string>> => ({
	"stacks/_template/app-template-stack.ts": `stacks/${name}/${name}-stack.ts`,
	"test/unit/apps/app-template.test.ts": `test/unit/apps/${name}.test.ts`,
});

/** Name of a stack's class: `alice-shop` -> `AliceShopStack`. */
export function classOf(name: string): string {
	return `${name.replace(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase())}Stack`;
}

/** The files of an app's stack, by path. @param template text of a file of the template */
export function renderApp(stack: AppStack, template: (path: string) => string): Record<string, string> {
	return Object.fromEntries(
		Object.entries(places(stack.name)).map(([from, to]) => [to, fill(template(from), stack)]),
	);
}

/** The template is the app `shop` of the lab: what differs is put in its place. */
function fill(text: string, stack: AppStack): string {
	const put = (value: string) => () => value;
	return text
		.replace(
			/(new OwnerApp\(this, "app", )\{[^}]*\}/,
			(_, call: string) => call + literal(props(stack), "\t\t"),
		)
		.replace(
			/(expect\(objects\)\.toEqual\()\[[^\]]*\]/,
			(_, call: string) => call + literal(objects(stack), "\t"),
		)
		.replaceAll("stacks/_template/", put(`stacks/${stack.name}/`))
		.replaceAll("app-template", put(stack.name))
		.replaceAll("AppTemplateStack", put(classOf(stack.name)))
		.replaceAll("Purpose of the app", put(stack.purpose));
}

function props({ owner, namespace, app, image, port, host, secrets = {} }: AppStack): object {
	return {
		owner,
		namespace,
		app,
		image,
		port,
		...defined({ host }),
		...(Object.keys(secrets).length === 0 ? {} : { secrets }),
	};
}

/** What the stack consists of, as its test names it. */
function objects({ namespace, app, host, secrets = {} }: AppStack): string[] {
	const manifests = Object.keys(secrets).length === 0 ? [] : ["manifest", "manifest"];
	const kinds = ["deployment_v1", ...(host === undefined ? [] : ["ingress_v1"]), ...manifests, "service_v1"];
	return kinds.map((kind) => `kubernetes_${kind} ${namespace}/${app}`);
}

/** A value as TypeScript, a line for each of its parts. */
function literal(value: object, indent: string): string {
	return JSON.stringify(value, null, "\t")
		.replace(/"([a-zA-Z_]\w*)":/g, "$1:")
		.replace(/(["\d}\]])\n/g, "$1,\n")
		.replaceAll("\n", `\n${indent}`);
}
