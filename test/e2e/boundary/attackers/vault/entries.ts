import { expect } from "vitest";
import type { Attack, Call } from "../../attack.ts";
import { get, get_, list, post, vault } from "./requests.ts";

/** Ways to write `bob/shop` that a name of the own could turn into. */
const disguises = [
	"bob/shop",
	"bob/shop/",
	"/bob/shop",
	"alice/../bob/shop",
	"alice/..%2fbob/shop",
	"alice/%2e%2e/bob/shop",
	"alice/%2e%2e%2fbob%2fshop",
	"alice%2f..%2fbob%2fshop",
	"alice%00/../bob/shop",
	"./bob/shop",
	"Bob/shop",
	"BOB/shop",
	"+/shop",
	"*",
	"b%6fb/shop",
	"bob%2fshop",
	"%D0%B0lice/shop",
	"alice%E2%80%8B/shop",
	"alice2/shop",
	"platform",
	"woodpecker/agents/bob",
];

/** Entries of others at Vault. */
export const entries: readonly Attack[] = [
	vault(
		"S1",
		"reads entries of others, however the path is written",
		disguises.map((name) => get(`secret/data/${name}`)),
		"reads an entry of the own",
		[get_],
	),
	vault(
		"S1",
		"writes, deletes and destroys versions of others, and looks at what they have",
		[
			...disguises
				.slice(0, 12)
				.flatMap((name): Call[] => [
					["DELETE", `secret/metadata/${name}`],
					["DELETE", `secret/data/${name}`],
					post(`secret/destroy/${name}`, { versions: [1] }),
					post(`secret/delete/${name}`, { versions: [1] }),
					post(`secret/undelete/${name}`, { versions: [1] }),
					post(`secret/data/${name}`, { data: { a: "b" } }),
				]),
			get("secret/subkeys/bob/shop"),
			get("secret/metadata/bob/shop"),
			post("secret/metadata/bob/shop", { max_versions: 1 }),
		],
		"writes and destroys a version of the own",
		[
			post("secret/data/alice/own", { data: { a: "b" } }),
			post("secret/destroy/alice/own", { versions: [1] }),
		],
	),
	{
		row: "S1",
		tries: "leaves entries of others as they were after all of that",
		on: "OpenBao",
		refused: async (world) => {
			for (const entry of ["bob/shop", "platform", "woodpecker"]) {
				const { data } = await world.vault.server.must("GET", `secret/data/${entry}`);
				expect(data.data).toEqual({ password: `of ${entry}` });
			}
		},
		but: "and those of the own as they should be",
		passes: async (world) => {
			expect((await world.vault.server.must("GET", "secret/data/alice/shop")).data.data).toEqual({
				password: "of alice/shop",
			});
		},
	},
	vault(
		"S1",
		"lists parents: the mount, the people in it, and entries of others",
		[
			list("secret/metadata"),
			list("secret/metadata/"),
			get("secret/metadata/?list=true"),
			list("secret/metadata/bob"),
			list("secret/metadata/bob/"),
			list("secret/metadata/alice/../"),
			get("secret/config"),
			post("secret/config", { max_versions: 1 }),
		],
		"lists the own",
		[list("secret/metadata/alice")],
	),
];
