import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { revisionOf } from "../../engine/revision.ts";

test("the revision of a checkout is its commit, and says when files differ", async () => {
	const folder = mkdtempSync(join(tmpdir(), "infra-revision-"));
	onTestFinished(() => rmSync(folder, { recursive: true }));
	expect(await revisionOf(folder)).toBeUndefined();
	const git = (...args: string[]) =>
		execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@example.com", ...args], {
			cwd: folder,
			encoding: "utf8",
		}).trim();
	git("init", "--quiet");
	writeFileSync(join(folder, "file"), "1");
	git("add", "file");
	git("commit", "--quiet", "--message", "One");
	git("tag", "named");
	const commit = git("rev-parse", "HEAD");
	expect(await revisionOf(folder)).toBe(commit);
	writeFileSync(join(folder, "file"), "2");
	expect(await revisionOf(folder)).toBe(`${commit}-dirty`);
});
