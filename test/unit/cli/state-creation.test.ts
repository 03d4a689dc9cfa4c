import { expect, test } from "vitest";
import { whenStatesCanBeCreated } from "../../../engine/state-creation.ts";

const locked =
	"Error acquiring the state lock: Cannot lock workspace; already locked for workspace creation: default";

/** What a command prints, attempt by attempt; the last for ever. */
function command(...outputs: readonly (readonly [code: number, stdout: string])[]) {
	let started = 0;
	return {
		started: () => started,
		start: async () => {
			const [code = 0, stdout = ""] = outputs[Math.min(started++, outputs.length - 1)] ?? [];
			return { code, stdout, stderr: "" };
		},
	};
}

test("a command that finds another state being created is repeated until it is its turn", async () => {
	const newer = locked.replace("already", "Already");
	const { start, started } = command([1, locked], [1, newer], [2, "planned"]);
	expect(await whenStatesCanBeCreated(start, 1)).toMatchObject({ code: 2, stdout: "planned" });
	expect(started()).toBe(3);
});

test("any other failure is told at once, and a lock that stays in the end", async () => {
	const other = command([1, "Error acquiring the state lock: held by somebody"]);
	expect(await whenStatesCanBeCreated(other.start, 1)).toMatchObject({ code: 1 });
	expect(other.started()).toBe(1);
	const stays = command([1, locked]);
	expect((await whenStatesCanBeCreated(stays.start, 1)).stdout).toBe(locked);
	expect(stays.started()).toBe(60);
});
