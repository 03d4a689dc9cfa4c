import type { Host } from "../harness/host.ts";

/** Chains by name: first the line that hooks them in, then their rules (nft(8)). */
export type Chains = Readonly<Record<string, readonly string[]>>;

/** Puts a table of these chains in place of the one of that name. */
export function setTable(host: Host, name: string, chains: Chains): void {
	const text = Object.entries(chains).map(([chain, lines]) => `chain ${chain} {\n${lines.join("\n")}\n}`);
	const script = `table ip ${name}\ndelete table ip ${name}\ntable ip ${name} {\n${text.join("\n")}\n}\n`;
	host.run("nft", [script]);
}
