import { expect } from "vitest";
import type { BoundaryRow } from "../../../cli/docs/boundary-rows.ts";
import type { AttackedWorld } from "./attacked-world.ts";

/** A product that an attack runs on. */
export type Product = "API server" | "OpenBao" | "External Secrets";

/** Something that an attacker tries, and what is most like it and must work. */
export interface Attack {
	readonly row: BoundaryRow["id"];
	/** What is tried, as the rest of a sentence that begins with the attacker. */
	readonly tries: string;
	readonly on: Product;
	readonly refused: (world: AttackedWorld) => Promise<void>;
	/** The neighbour that must work. */
	readonly but: string;
	readonly passes: (world: AttackedWorld) => Promise<void>;
}

export interface Attacker {
	/** Who it is, as the beginning of a sentence. */
	readonly who: string;
	readonly attacks: readonly Attack[];
}

/** Method, path and body. */
export type Call = readonly [method: string, path: string, body?: object];

interface Answered {
	readonly status: number;
	readonly body: unknown;
}

/** An attack whose parts are requests: every one of the first is refused, every one of the others works. */
export function requests(
	on: Product,
	ask: (world: AttackedWorld, call: Call) => Promise<Answered>,
	refusedBy: readonly number[],
) {
	return (
		row: Attack["row"],
		tries: string,
		bad: readonly Call[],
		but: string,
		good: readonly Call[],
		/** Status of a refusal, where it is another than usual. */
		status = refusedBy,
	): Attack => ({
		row,
		tries,
		on,
		but,
		refused: async (world) => {
			for (const call of bad) {
				const answer = await ask(world, call);
				expect(status, `${call[0]} ${call[1]}: ${said(answer)}`).toContain(answer.status);
			}
		},
		passes: async (world) => {
			for (const call of good) {
				const answer = await ask(world, call);
				expect(answer.status, `${call[0]} ${call[1]}: ${said(answer)}`).toBeLessThan(300);
			}
		},
	});
}

const said = ({ status, body }: Answered) => `${status} ${JSON.stringify(body)}`.slice(0, 400);
