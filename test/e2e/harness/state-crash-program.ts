/**
 * One operation on an encrypted state, in a process that kills itself (SIGKILL) at a write.
 *
 * Arguments: the input as JSON, the operation, the number of the write, and `before` it or in the midst of it (`torn`).
 * Ends with 0 when the operation had fewer writes, after it was done.
 */
import { readFileSync } from "node:fs";
import { changeState } from "../../../cli/state/change-state.ts";
import { openMoves } from "../../../cli/state/choose-moves.ts";
import { unlockState } from "../../../cli/state/unlock.ts";
import { disk } from "../../../engine/state/disk.ts";
import { whoAmI } from "../../../engine/state/journal.ts";
import { type PlaceOfState, withLockedStates } from "../../../engine/state/locked-state.ts";
import { documentOf, endPendingMove, moveBetween } from "../../../engine/state/move-between.ts";
import { findPendingMove, requireNoPendingMove } from "../../../engine/state/pending-move.ts";
import type { Move } from "../../../engine/state/rewrite/move-objects.ts";
import { StateSession } from "../../../engine/state/state-session.ts";

const [, , input = "{}", operation = "", at = "0", mode = "before"] = process.argv;
const place = JSON.parse(input) as PlaceOfState & {
	readonly next: string;
	readonly target: PlaceOfState;
	readonly moves: readonly Move[];
};

const real = { ...disk };
let writes = 0;
for (const name of ["write", "append", "rename", "link", "remove"] as const)
	(disk as unknown as Record<string, unknown>)[name] = (file: string, what: string) => {
		writes += 1;
		if (writes === Number(at)) {
			if (mode === "torn" && (name === "write" || name === "append"))
				real[name](file, what.slice(0, what.length / 2));
			process.kill(process.pid, "SIGKILL");
		}
		real[name](file, what);
	};

switch (operation) {
	case "push":
		await changeState({
			place,
			what: "push",
			choose: async () => readFileSync(place.next, "utf8"),
			confirm: async () => true,
		});
		break;
	case "recover":
		await (await StateSession.prepare(place)).close();
		break;
	case "rotate": {
		const session = await StateSession.prepare(place);
		await session.state.locked("rotate", () => session.store.rotate());
		await session.close();
		break;
	}
	case "move":
		await withLockedStates([place, place.target], "move", async ([source, target]) => {
			if (source === undefined || target === undefined) throw new Error("two states are needed");
			for (const { place } of [source, target]) requireNoPendingMove(place.folder, place.stack);
			const before = { source: await documentOf(source), target: await documentOf(target) };
			const moves = openMoves(before.source, before.target, place.moves);
			if (moves.length > 0) await moveBetween({ source, target }, before, { what: "move", moves });
		});
		break;
	case "resume":
	case "undo": {
		const pending = findPendingMove(place.folder) ?? findPendingMove(place.target.folder);
		if (pending === undefined) break;
		await withLockedStates([place, place.target], operation, async ([source, target]) => {
			if (source === undefined || target === undefined) throw new Error("two states are needed");
			await endPendingMove({ source, target }, pending, { forwards: operation === "resume" });
		});
		break;
	}
	case "unlock":
		await unlockState(place, whoAmI());
		break;
	default:
		throw new Error(`no such operation: ${operation}`);
}
