import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { PlannedChange } from "../review/plan/plan-summary.ts";
import type { StackPlan } from "./plan/plan-stack.ts";

/**
 * Addresses of objects whose creation an apply of this checkout has begun, until it has ended well. A provider that is
 * told to stop, or loses its connection, gives up a request that its server may have taken: the object is there then, and
 * no state knows of it.
 */
export class BegunCreations {
	readonly #file: string;

	/** @param file an address per line; missing while there is none */
	constructor(file: string) {
		this.#file = file;
	}

	get addresses(): ReadonlySet<string> {
		if (!existsSync(this.#file)) return new Set();
		return new Set(readFileSync(this.#file, "utf8").split("\n").filter(Boolean));
	}

	add(address: string): void {
		unlessFull(() => appendFileSync(this.#file, `${address}\n`, { mode: 0o600 }));
	}

	remove(addresses: readonly string[]): void {
		const left = [...this.addresses].filter((address) => !addresses.includes(address));
		unlessFull(() =>
			left.length === 0
				? rmSync(this.#file, { force: true })
				: writeFileSync(this.#file, [...left, ""].join("\n"), { mode: 0o600 }),
		);
	}
}

/** An apply goes on where nothing can be written: what is cut off is then a finding of the next plan. */
function unlessFull(write: () => void): void {
	try {
		write();
	} catch {}
}

type Seen = Pick<StackPlan, "summary" | "live">;

/**
 * Addresses of creations in whose place nothing was when all could be asked: what is there once they have begun is what
 * they made.
 */
export function creationsOfNew({ summary, live }: Seen): ReadonlySet<string> {
	if (live === undefined || live.errors.length > 0) return new Set();
	const there = new Set(live.twins.map(({ address }) => address));
	const creations = summary.changes.filter(
		({ action, address }) => action === "create" && !there.has(address),
	);
	return new Set(creations.map(({ address }) => address));
}

/** Creations that would be refused, since an apply that was cut off has made the object already. */
export function creationsCutOff({ summary, live }: Seen, begun: ReadonlySet<string>): PlannedChange[] {
	const refused = (live?.twins ?? []).filter(({ effect }) => effect === "refused");
	const there = new Set(refused.map(({ address }) => address));
	return summary.changes.filter(
		({ action, address }) => action === "create" && there.has(address) && begun.has(address),
	);
}
