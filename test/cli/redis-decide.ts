import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../../constructs/redis/scripts/decide.awk", import.meta.url));

export type Data = "silent" | "lost" | "empty" | number;

export interface Evidence {
	/** Configuration epoch and master that the Sentinel of this node remembers. @default none */
	readonly memory?: readonly [epoch: number, master: string];
	/** What its Redis server answers; a number is the generation of its data. */
	readonly data: Data;
	/** Whether that server is a master. @default false */
	readonly leads?: boolean;
	/** How far its data go in their generation. @default 0 */
	readonly offset?: number;
}

export type World = Readonly<Record<string, Evidence>>;

/** Answers of decide.awk; five nodes need four with data to be complete, three need two. */
export function decide(question: "set" | "role" | "candidate", self: string, world: World): string {
	const nodes = Object.keys(world);
	const lines = Object.entries(world).map(([node, { memory, data, leads, offset = 0 }]) => {
		const redis = typeof data === "number" ? `${leads ? "master" : "data"} ${data} ${offset}` : `${data} - -`;
		return `${node} ${memory ? `member ${memory.join(" ")}` : "none - -"} ${redis}`;
	});
	const variables = {
		question,
		self,
		nodes: nodes.join(" "),
		majority: Math.floor(nodes.length / 2) + 1,
		complete: nodes.length - 1,
	};
	return execFileSync(
		"awk",
		[...Object.entries(variables).flatMap(([name, value]) => ["-v", `${name}=${value}`]), "-f", program],
		// The order of the lines is that of the answers.
		{ input: `${lines.reverse().join("\n")}\n`, encoding: "utf8" },
	).trimEnd();
}
