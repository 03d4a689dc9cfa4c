import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { type LockedState, NotInPlace, withLockedState } from "../../../engine/state/locked-state.ts";
import { documentOf, nextText } from "../../../engine/state/move-between.ts";
import { freePort } from "../harness/free-port.ts";
import { endIt, moveIt, placed, refusal } from "./ends-of-moves.ts";
import { type Pair, together } from "./moved-states.ts";
import { inClear, moving } from "./moving.ts";

const now = moving();
const leftIn = (pair: Pair) => inClear(pair.folder, now.states.memory);

/** Both commands end what a fault has left. */
async function bothEnd(pair: Pair): Promise<void> {
	await pair.keep();
	for (const [how, where] of [
		["resume", "target"],
		["undo", "source"],
	] as const) {
		await pair.restore();
		await endIt(pair, how);
		expect(await placed(pair)).toBe(where);
		expect([await refusal(pair.source), await refusal(pair.target)]).toEqual([undefined, undefined]);
	}
	expect(leftIn(pair)).toEqual([]);
}

describe("a disk that is full", { timeout: 300_000 }, () => {
	/** A disk of its own for the state of a stack, which a test can fill. */
	function disk({ folder }: { readonly folder: string }) {
		const kept = execFileSync("tar", ["-C", folder, "-c", "."]);
		execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]);
		execFileSync("tar", ["-C", folder, "-x"], { input: kept });
		const filler = join(folder, "filler");
		return {
			fill: () => {
				for (const size of [4096, 1])
					try {
						for (;;) writeFileSync(filler, Buffer.alloc(size), { flag: "a" });
					} catch {}
			},
			clean: () => rmSync(filler, { force: true }),
			umount: () => execFileSync("umount", ["-l", folder]),
		};
	}

	test("when the move is recorded: nothing is done", async ({ skip }) => {
		skip(process.getuid?.() !== 0, "mounting a small disk takes root");
		const pair = await now.states.pair({ source: "encrypted", target: "postgres" });
		const full = disk(pair.source);
		try {
			const moved = moveIt(pair, (both) => {
				full.fill();
				return both;
			});
			await expect(moved).rejects.toThrow(/the move cannot be recorded, and nothing was done: ENOSPC/);
			full.clean();
			expect(await placed(pair)).toBe("source");
			expect([await refusal(pair.source), await refusal(pair.target)]).toEqual([undefined, undefined]);
			await moveIt(pair);
			expect(await placed(pair)).toBe("target");
		} finally {
			full.umount();
		}
	});

	test("when a state is written: what every other checkout has is older, until it is in its place", async ({
		skip,
	}) => {
		skip(process.getuid?.() !== 0, "mounting a small disk takes root");
		skip(now.vault === undefined, "bao or vault is not on this machine");
		const pair = await now.states.pair({ source: "encrypted", target: "encrypted" }, now.vault?.address);
		const full = disk(pair.source);
		try {
			const written = withLockedState(pair.source, "push", async (state) => {
				const document = await documentOf(state);
				full.fill();
				await state.write(nextText(state, document));
			});
			await expect(written).rejects.toBeInstanceOf(NotInPlace);
			full.clean();
			expect(await refusal(pair.elsewhere.source)).toContain("has written serial 4");
			expect(await refusal(pair.source)).toBeUndefined();
			expect(await refusal(pair.elsewhere.source)).toContain("has written serial 4");
		} finally {
			full.umount();
		}
	});

	test("when the second state is written: it is kept elsewhere, and the command that is named ends it", async ({
		skip,
	}) => {
		skip(process.getuid?.() !== 0, "mounting a small disk takes root");
		const pair = await now.states.pair({ source: "encrypted", target: "postgres" });
		const full = disk(pair.source);
		try {
			const moved = moveIt(pair, ({ source, target }) => {
				const write = (text: string) => {
					full.fill();
					return source.write(text);
				};
				return { target, source: { ...source, write } };
			});
			await expect(moved).rejects.toMatchObject({
				message: expect.stringMatching(/the objects are in both states, since .*ENOSPC/),
				hint: expect.stringContaining(`infra state resume ${pair.source.stack} goes on with it`),
			});
			full.clean();
			expect(leftIn(pair)).toEqual([]);
			// What could not be written is taken over by the next command.
			await endIt(pair, "resume");
			expect(await placed(pair)).toBe("target");
			expect([await refusal(pair.source), await refusal(pair.target)]).toEqual([undefined, undefined]);
		} finally {
			full.umount();
		}
	});
});

describe("a database that goes away", { timeout: 300_000 }, () => {
	test.for([
		["before the first state is written", "target"],
		["before the second state is written", "source"],
	] as const)("%s", async ([, side]) => {
		for (const kinds of [
			{ source: "encrypted", target: "postgres" },
			{ source: "postgres", target: "postgres" },
			{ source: "postgres", target: "encrypted" },
		] as const) {
			const pair = await now.states.pair(kinds);
			const moved = moveIt(pair, (both) => {
				const write = async (text: string) => {
					await now.database.kill();
					return both[side].write(text);
				};
				return { ...both, [side]: { ...both[side], write } };
			});
			const failed = await moved.then(
				() => undefined,
				(error: Error & { hint?: string }) => error,
			);
			await now.database.startAgain();
			await now.states.ask("SELECT 1").catch(() => {});
			// A state in files is written whether the database is there or not; the record in the database tells of it.
			expect(`${failed?.message} ${failed?.hint}`).toMatch(/infra state resume (one|two)-/);
			await endOrBoth(pair);
		}
	});

	async function endOrBoth(pair: Pair): Promise<void> {
		if ((await placed(pair)) !== "target") return bothEnd(pair);
		await endIt(pair, "resume");
		expect([await refusal(pair.source), await refusal(pair.target)]).toEqual([undefined, undefined]);
	}
});

describe("a Vault that goes away", { timeout: 300_000 }, () => {
	/** A way to Vault that can be closed. */
	async function way() {
		const port = await freePort();
		const sockets = new Set<Socket>();
		let server: Server | undefined;
		const open = () =>
			new Promise<void>((resolve) => {
				server = createServer((socket) => {
					const other = connect(Number(new URL(now.vault?.address ?? "").port), "127.0.0.1");
					socket.pipe(other).pipe(socket);
					for (const one of [socket, other]) sockets.add(one.on("error", () => socket.destroy()));
				}).listen(port, "127.0.0.1", resolve);
			});
		await open();
		const close = async () => {
			server?.close();
			for (const socket of sockets) socket.destroy();
		};
		return { address: `http://127.0.0.1:${port}`, open, close };
	}

	test.for([
		["before it is recorded", "source"],
		["before the first state is written", "target"],
		["before the second state is written", "target"],
	] as const)("%s: what is left is named, and ended once it is back", async ([when, where], { skip }) => {
		skip(now.vault === undefined, "bao or vault is not on this machine");
		const { address, open, close } = await way();
		vi.stubEnv("VAULT_ADDR", address);
		onTestFinished(() => void vi.stubEnv("VAULT_ADDR", now.vault?.address));
		const pair = await now.states.pair({ source: "encrypted", target: "encrypted" }, address);
		const moved = moveIt(pair, ({ source, target }) => {
			const closing = (state: LockedState) => ({
				...state,
				write: async (text: string) => {
					await close();
					return state.write(text);
				},
			});
			if (when === "before it is recorded") void close();
			if (when === "before the first state is written") return { source, target: closing(target) };
			return { target, source: closing(source) };
		});
		await expect(moved).rejects.toMatchObject(
			where === "source"
				? { message: expect.stringContaining("the move cannot be recorded, and nothing was done") }
				: {
						message: expect.stringContaining("both states are written, and the record of the move could not"),
						hint: `infra state resume ${pair.target.stack} removes it`,
					},
		);
		expect(await placed(pair)).toBe(where);
		await open();
		for (const place of [pair.source, pair.target, ...Object.values(pair.elsewhere)])
			expect(await refusal(place)).toContain(
				where === "source" ? "its state is locked by" : "was interrupted",
			);
		await endIt(pair, "resume");
		expect(await placed(pair)).toBe(where);
		await endIt(pair, "resume");
		expect([await refusal(pair.source), await refusal(pair.target)]).toEqual([undefined, undefined]);
		await close();
		await expect(moveIt(pair)).rejects.toThrow("the lock of its state is in Vault, which does not give it");
	});
});

describe("two moves at once", { timeout: 300_000 }, () => {
	test.for([
		["the same one twice", "encrypted", "move"],
		["the same one twice", "postgres", "move"],
		["opposite ones", "encrypted", "move back"],
		["opposite ones", "postgres", "move back"],
	] as const)(
		"%s, %s: one wins, the other is refused or comes second, and nothing is lost",
		async ([, kind, other]) => {
			await together([1, 2, 3], async () => {
				const pair = await now.states.pair({ source: kind, target: kind });
				const results = await Promise.allSettled([pair.operate("move"), pair.operate(other)]);
				expect(results.map(({ status }) => status)).toContain("fulfilled");
				for (const result of results)
					if (result.status === "rejected")
						expect(String(result.reason)).toMatch(
							/its state (is|was) locked by|is half done|was interrupted/,
						);
				const { source, target } = await pair.objects();
				const [moved, back] = results.map(({ status }) => status === "fulfilled");
				const expected =
					other === "move"
						? { source: ["a.y"], target: ["a.new", "a.z"] }
						: {
								source: [...(back ? ["a.back"] : []), ...(moved ? [] : ["a.x"]), "a.y"],
								target: [...(moved ? ["a.new"] : []), ...(back ? [] : ["a.z"])],
							};
				expect({ source: source.toSorted(), target: target.toSorted() }).toEqual(expected);
				expect([await refusal(pair.source), await refusal(pair.target)]).toEqual([undefined, undefined]);
			});
		},
	);
});
