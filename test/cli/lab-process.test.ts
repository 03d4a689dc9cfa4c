import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { isRunning, lastLines, startProcess } from "../../lab/lab-process.ts";
import { waitFor } from "../e2e/harness/wait-for.ts";

const folder = mkdtempSync(join(tmpdir(), "infra-lab-process-"));
afterAll(() => rmSync(folder, { recursive: true }));

const start = (program: string, ...args: string[]) =>
	startProcess({ names: [program], args }, join(folder, `${program}.log`), folder);

test("a program that ends by itself is not running, and its log has its last words", async () => {
	const process = start("sh", "-c", "seq 1 9; echo broken >&2; exit 1");
	await waitFor("it has ended", () => !isRunning(process), { within: 60_000 });
	expect(lastLines(process.log, 2)).toBe("9\nbroken");
});

test("a program that has ended before anybody looks is started all the same, and is not running", async () => {
	for (let times = 0; times < 50; times++) {
		const process = start("true");
		await waitFor("it has ended", () => !isRunning(process), { within: 60_000, every: 1 });
	}
});

test("a program that is not there is named", () => {
	expect(() => start("no-such-program")).toThrow("no-such-program is not on this machine");
});
