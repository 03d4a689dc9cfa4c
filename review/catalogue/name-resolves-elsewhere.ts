import { block, plain } from "../../world/blocks.ts";
import type { Json } from "../../world/world.ts";
import { changeClass } from "../finding-class.ts";

/** Arguments of a record that resolvers see. */
const seen = /^(content|data|priority|proxied|type)\b/;

export const nameResolvesElsewhere = changeClass(
	{
		id: "name-resolves-elsewhere",
		risk: "caution",
		reason:
			"Resolvers keep the old answer until its time is over: meanwhile some clients go here and some there.",
		remedy: "Let both places answer until the old time to live has passed.",
	},
	function* ({ type, action, arguments: changed = [], values }) {
		if (type !== "cloudflare_dns_record" || action === "destroy") return;
		const before = block(values?.before as Json);
		const paths = changed.filter(({ path, before }) => before !== "absent" && seen.test(path));
		if (paths.length === 0 || Object.keys(before).length === 0) return;
		const name = plain(before.name) ?? "the name";
		// The provider writes 1 for "automatic", which is five minutes.
		const seconds = before.ttl === 1 || before.proxied === true ? 300 : before.ttl;
		yield {
			message: `${name} has another ${[...new Set(paths.map(({ path }) => path.split(/[.[]/)[0]))].join(", ")}; resolvers keep the old answer for up to ${typeof seconds === "number" ? `${seconds} s` : "its time to live"}`,
		};
	},
);
