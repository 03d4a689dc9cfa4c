import { cpSync, mkdtempSync, readdirSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { factsOf, type Reply } from "../../harness/resp.ts";
import type { LabNode } from "../lab-node.ts";
import type { RedisLab } from "../redis-lab.ts";

/** Facts that tell whom a Sentinel waits for. */
const told = ["ip", "flags", "config-epoch", "num-slaves", "num-other-sentinels", "slave-priority"];

function facts(reply: Reply): string {
	const known = factsOf(reply);
	return told.flatMap((name) => (name in known ? [`${name}=${known[name]}`] : [])).join(" ");
}

/** What each node says of itself and of the others, and the last that its programs have logged. */
export async function describeSet(lab: RedisLab): Promise<string> {
	return (await Promise.all(lab.nodes.map(describeNode))).join("\n");
}

async function describeNode(node: LabNode): Promise<string> {
	const sentinel = (...args: string[]): Promise<Reply> =>
		node.sentinel("SENTINEL", ...args, "mymaster").catch((error: Error) => [error.message]);
	const replicas = await sentinel("replicas");
	const info = await node.replication();
	return [
		`${node.name}: ${info.role ?? "silent"} of ${info.master_host ?? "-"}, link ${info.master_link_status ?? "-"}, priority ${info.slave_priority ?? "-"}`,
		`  its Sentinel: ${facts(await sentinel("master"))}`,
		...(Array.isArray(replicas) ? replicas : []).map((replica) => `    replica ${facts(replica)}`),
		...logsOf(node).map(([name, text]) => `  ${name}:\n${indented(text.trimEnd().split("\n").slice(-12))}`),
	].join("\n");
}

const indented = (lines: readonly string[]) => lines.map((line) => `    ${line}`).join("\n");

function logsOf({ host }: LabNode): [name: string, text: string][] {
	return readdirSync(host.folder)
		.filter((name) => name.endsWith(".log"))
		.map((name) => [name, readFileSync(join(host.folder, name), "utf8")]);
}

/** Keeps logs and volumes beyond the end of the lab. @returns the folder */
export function keepFiles(lab: RedisLab): string {
	const folder = mkdtempSync(join(tmpdir(), "infra-soak-"));
	for (const { name, host } of lab.nodes)
		cpSync(host.folder, join(folder, name), {
			recursive: true,
			filter: (path) => !/ballast$/.test(path) && (statSync(path).isFile() || statSync(path).isDirectory()),
		});
	return folder;
}
