import type { ProviderSchema } from "../../../providers/schema/provider-schema.ts";
import { checkSchema } from "../../../rules/schema/check-schema.ts";
import { type Json, readDocument, type World } from "../../../world/world.ts";

/** No check of a schema looks at the site. */
const site = undefined as never;

/** A provider with one argument of each kind. */
export const example: ProviderSchema = {
	source: "acme/example",
	version: "1.4.2",
	provider: { is: "block single", arguments: { address: "required string" } },
	resource: {
		example_server: {
			is: "block single",
			arguments: {
				id: "computed string",
				image: "required string",
				labels: "optional map(string)",
				addresses: "optional set(string)",
				replicas: "optional number",
				paused: "optional bool",
				legacy: "optional string deprecated",
				wait: "optional object({fields=map(string)})",
				anything: "optional any",
				password: "optional string",
				password_wo: "optional string write-only",
				password_wo_revision: "optional number",
				disk: { is: "block list 1..2", arguments: { size: "required number", format: "optional string" } },
				timeouts: { is: "block single", arguments: { create: "optional string" } },
				set: { is: "optional list", arguments: { name: "required string" } },
				hook: { is: "optional single", arguments: { path: "required string" } },
				mirror: { is: "block list 0..1", arguments: "resource.example_server.disk" },
			},
		},
		example_old: { is: "block single deprecated", arguments: {} },
	},
	data: { example_server: { is: "block single", arguments: { image: "required string" } } },
	ephemeral: { example_secret: { is: "block single", arguments: { path: "required string" } } },
};

/** What the check says about a document, one line per finding: where, what, what to do. */
export function findingsOf(json: { readonly [key: string]: Json }, schema = example): string[] {
	const world: World = { site, stacks: [readDocument("demo", json)] };
	return checkSchema(world, (name) => (name === schema.source.split("/")[1] ? schema : undefined)).map(
		({ severity, argument, message, remedy }) => `${severity} ${argument}: ${message}. ${remedy}`,
	);
}

const sound = { image: "a", disk: { size: 1 } };

/** The same for one server; `changes` are added to arguments that are sound. */
export function findingsWith(changes: { readonly [key: string]: Json }): string[] {
	return findingsOf({ resource: { example_server: { one: { ...sound, ...changes } } } });
}
