import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { findProgram } from "../../../lab/find-program.ts";

const [first, second] = ["first", "second"].map((name) => mkdtempSync(join(tmpdir(), `infra-${name}-`))) as [
	string,
	string,
];

afterEach(() => vi.unstubAllEnvs());
afterAll(() => {
	for (const folder of [first, second]) rmSync(folder, { recursive: true });
});

function install(folder: string, name: string, mode = 0o755): string {
	const file = join(folder, name);
	writeFileSync(file, "", { mode });
	return file;
}

test("the folders of the PATH are searched in their order, and no empty one means the folder one is in", () => {
	const file = install(second, "dummy-api");
	vi.stubEnv("KUBEBUILDER_ASSETS", "");
	vi.stubEnv("PATH", ["", first, second].join(delimiter));
	expect(findProgram("dummy-api")).toBe(file);
	expect(findProgram("package.json")).toBeUndefined();
});

test("a program has its preferred name before another", () => {
	install(first, "dummy-original");
	const fork = install(first, "dummy-fork");
	vi.stubEnv("PATH", first);
	expect(findProgram("dummy-fork", "dummy-original")).toBe(fork);
});

test("a file that cannot be run is none", () => {
	install(first, "dummy-text", 0o644);
	vi.stubEnv("PATH", first);
	expect(findProgram("dummy-text")).toBeUndefined();
});
