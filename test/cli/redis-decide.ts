import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** The deployed decision. */
export const program = readFileSync(
	new URL("../../constructs/redis/scripts/decide.awk", import.meta.url),
	"utf8",
);

/** `absent`: nothing at all is printed about the node. */
export type Data = "absent" | "silent" | "lost" | "empty" | number;

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

export type Question = readonly [question: "set" | "role" | "candidate" | "fit", self: string, world: World];

/** Five nodes need four with data to be complete, three need two. */
function variablesOf([question, self, world]: Question): Readonly<Record<string, string | number>> {
	const nodes = Object.keys(world);
	return {
		question,
		self,
		nodes: nodes.join(" "),
		majority: Math.floor(nodes.length / 2) + 1,
		complete: nodes.length - 1,
	};
}

function linesOf([, , world]: Question): string {
	const lines = Object.entries(world).flatMap(([node, { memory, data, leads, offset = 0 }]) => {
		if (data === "absent") return [];
		const redis = typeof data === "number" ? `${leads ? "master" : "data"} ${data} ${offset}` : `${data} - -`;
		return `${node} ${memory ? `member ${memory.join(" ")}` : "none - -"} ${redis}`;
	});
	// The order of the lines is that of the answers.
	return lines
		.reverse()
		.map((line) => `${line}\n`)
		.join("");
}

/** Answer of decide.awk, run as it is deployed. */
export function decide(...question: Question): string {
	const variables = Object.entries(variablesOf(question)).flatMap(([name, value]) => [
		"-v",
		`${name}=${value}`,
	]);
	return awk([...variables, program], linesOf(question)).trimEnd();
}

/** Questions as the program of {@link decideAll} reads them. */
export function batchOf(questions: readonly Question[]): string {
	return questions
		.map((question) => {
			const { nodes, ...others } = variablesOf(question);
			return `? ${Object.values(others).join(" ")} ${nodes}\n${linesOf(question)}\n`;
		})
		.join("");
}

/** What the program remembers from line to line, and between a question and its answer. */
const arrays = ["sentinel", "epoch", "named", "redis", "generation", "offset", "node"];
const scalars = ["silent", "count", "set", "master", "newest_epoch", "reason", "top", "equals"];

/**
 * Answers to many questions by one process.
 *
 * @param text of decide.awk, or of one that is to be compared with it
 */
export function decideAll(batch: string, text = program): readonly string[] {
	const [lines, end, ...rest] = text.split(/^END \{/m);
	if (lines === undefined || end === undefined || rest.length > 0) throw new Error("expected one END rule");
	const forget = [
		...arrays.map((name) => `split("", ${name})`), // Not "", which is compared as a text: a variable that has no value has that of another without one.
		...scalars.map((name) => `${name} = unset`),
	];
	const header = `$1 == "?" {
	${forget.join("; ")}
	question = $2; self = $3; majority = $4; complete = $5
	nodes = ""
	for (i = 6; i <= NF; i++) nodes = nodes " " $i
	next
}`;
	return awk([`${header}\n${lines}$0 == "" {${end}`], batch)
		.trimEnd()
		.split("\n");
}

function awk(args: readonly string[], input: string): string {
	return execFileSync("awk", args, {
		input,
		encoding: "utf8",
		maxBuffer: 2 ** 27,
		stdio: ["pipe", "pipe", "ignore"],
	});
}
