/**
 * One operation on states, in a process that kills itself (SIGKILL) at a write to the disk or a request to PostgreSQL or
 * Vault.
 *
 * Arguments: the input as JSON, the operation, the number of the write (or of its kind: `change 2`), and `before` it or in the midst of it (`torn`); a
 * request is `torn` in its midst, or `sent`, and not waited for. Instead of a kill, the write `fails`, or its answer is `lost`.
 * Ends with 0 when the operation had fewer writes, after it was done, and prints what each of them was.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { changeState } from "../../../cli/state/change-state.ts";
import { openMoves } from "../../../cli/state/choose-moves.ts";
import { unlockState } from "../../../cli/state/unlock.ts";
import { disk } from "../../../engine/state/disk.ts";
import { whoAmI } from "../../../engine/state/journal.ts";
import { type LockedState, type PlaceOfState, withLockedStates } from "../../../engine/state/locked-state.ts";
import { documentOf, endPendingMove, moveBetween } from "../../../engine/state/move-between.ts";
import { pendingMoveOf } from "../../../engine/state/open-state.ts";
import { PsqlSession } from "../../../engine/state/psql-session.ts";
import type { Move } from "../../../engine/state/rewrite/move-objects.ts";
import { StateSession } from "../../../engine/state/state-session.ts";

const [, , input = "{}", operation = "", at = "0", mode = "before"] = process.argv;
const place = JSON.parse(input) as PlaceOfState & {
	readonly next: string;
	readonly target: PlaceOfState;
	readonly moves: readonly Move[];
};

const real = { ...disk };
const writes: string[] = [];
const isLast = (write: string) => {
	const number = writes.push(write);
	return number === Number(at) || `${write} ${writes.filter((one) => one === write).length}` === at;
};
const end = () => {
	if (mode === "fails" || mode === "lost") throw new Error(`made up: this one ${mode}`);
	process.kill(process.pid, "SIGKILL");
};

for (const name of ["write", "append", "rename", "link", "remove"] as const)
	(disk as unknown as Record<string, unknown>)[name] = (file: string, what: string) => {
		if (isLast(name)) {
			if (mode === "torn" && (name === "write" || name === "append"))
				real[name](file, what.slice(0, what.length / 2));
			end();
		}
		real[name](file, what);
	};

const ask = PsqlSession.prototype.ask;
PsqlSession.prototype.ask = function (statement) {
	if (isLast(/^WITH/.test(statement) ? "change" : "ask")) {
		if (mode === "torn") void ask.call(this, statement.slice(0, statement.length / 2));
		if (mode === "sent") void ask.call(this, statement);
		return (mode === "lost" ? ask.call(this, statement) : Promise.resolve()).then(end).then(() => "");
	}
	return ask.call(this, statement);
};

const { fetch } = globalThis;
globalThis.fetch = async (url, init) => {
	if (!isLast(init?.method === "POST" ? "put" : "look")) return fetch(url, init);
	if (mode === "sent" || mode === "lost") await fetch(url, init);
	end();
	return new Response();
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
	case "apply": {
		// As Terraform does it, with an encryption that fails from now on.
		const session = await StateSession.open(place);
		if (session === undefined) throw new Error("the state is not encrypted");
		const { lock, post, unlock } = session.state.handlers;
		await lock({ ID: "of-terraform", Operation: "OperationTypeApply" }, "");
		writeFileSync(process.env.INFRA_TEST_SOPS_FAILS ?? "", "");
		await post(readFileSync(place.next, "utf8"), "of-terraform");
		await unlock({ ID: "of-terraform" });
		await session.close().catch(() => {});
		break;
	}
	case "rotate": {
		const session = await StateSession.prepare(place);
		await session.state.locked("rotate", () => session.store.rotate());
		await session.close();
		break;
	}
	case "move":
	case "move back":
		await withLockedStates([place, place.target], "move", async ([one, two]) => {
			const back = operation === "move back";
			const [source, target] = back ? [two, one] : [one, two];
			if (source === undefined || target === undefined) throw new Error("two states are needed");
			const before = { source: await documentOf(source), target: await documentOf(target) };
			const wanted = back ? [{ from: "a.z", to: "a.back" }] : place.moves;
			const moves = openMoves(before.source, before.target, wanted);
			if (moves.length > 0) await moveBetween({ source, target }, before, { what: "move", moves });
		});
		break;
	case "resume":
	case "undo": {
		const pending = (await pendingMoveOf(place)) ?? (await pendingMoveOf(place.target));
		if (pending === undefined) break;
		const forwards = operation === "resume";
		const both = async ([source, target]: readonly LockedState[]) => {
			if (source === undefined || target === undefined) throw new Error("two states are needed");
			await endPendingMove({ source, target }, pending, { forwards });
		};
		await withLockedStates([place, place.target], operation, both, { halfDone: true });
		break;
	}
	case "unlock":
		await unlockState(place, whoAmI());
		break;
	default:
		throw new Error(`no such operation: ${operation}`);
}
process.stdout.write(JSON.stringify(writes));
