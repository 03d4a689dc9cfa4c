/**
 * One operation on an encrypted state, in a process that kills itself (SIGKILL) at a write.
 *
 * Arguments: the input as JSON, the operation, the number of the write, and `before` it or in the midst of it (`torn`).
 * Ends with 0 when the operation had fewer writes, after it was done.
 */
import { readFileSync } from "node:fs";
import { changeState } from "../../../cli/state/change-state.ts";
import { unlockState } from "../../../cli/state/unlock.ts";
import { disk } from "../../../engine/state/disk.ts";
import { whoAmI } from "../../../engine/state/journal.ts";
import { type SessionInput, StateSession } from "../../../engine/state/state-session.ts";

const [, , input = "{}", operation = "", at = "0", mode = "before"] = process.argv;
const place = JSON.parse(input) as SessionInput & { readonly folder: string; readonly next: string };

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
			input: place,
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
	case "unlock":
		await unlockState(place, whoAmI());
		break;
	default:
		throw new Error(`no such operation: ${operation}`);
}
