import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { isRunning, lastLines, startProcess, stopProcesses } from "../../../cli/lab/lab-process.ts";
import { waitFor } from "../../e2e/rig/wait-for.ts";

const folder = mkdtempSync(join(tmpdir(), "infra-lab-process-"));
afterAll(() => rmSync(folder, { recursive: true }));

const start = (program: string, ...args: string[]) =>
	startProcess({ names: [program], args }, join(folder, `${program}.log`), folder);

test("a program that is asked to end has ended", async () => {
	const process = start("sleep", "30");
	expect(isRunning(process)).toBe(true);
	await stopProcesses([process]);
	expect(isRunning(process)).toBe(false);
});

test("a later process with the number of an earlier one is left alone", async () => {
	const later = start("sleep", "30");
	const earlier = { ...later, startTime: "1" };
	await stopProcesses([earlier]);
	expect([isRunning(earlier), isRunning(later)]).toEqual([false, true]);
	await stopProcesses([later]);
});

test("a program that ends by itself is not running, and its log has its last words", async () => {
	const process = start("sh", "-c", "seq 1 9; echo broken >&2; exit 1");
	await waitFor("it has ended", () => !isRunning(process), { within: 5000 });
	expect(lastLines(process.log, 2)).toBe("9\nbroken");
});

test("a program that is not there is named", () => {
	expect(() => start("no-such-program")).toThrow("no-such-program is not on this machine");
});
