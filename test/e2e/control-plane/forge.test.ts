import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Gitea, giteaProgram } from "../../../lab/forge/gitea.ts";
import { LabPrograms } from "../../../lab/lab-programs.ts";
import { missingOf } from "../../../lab/needed-programs.ts";
import { freePort } from "../harness/free-port.ts";
import { waitFor } from "../harness/wait-for.ts";

test("a forge whose port somebody else has is not taken for ready, and its words are told", async ({
	skip,
}) => {
	const missing = missingOf([giteaProgram]);
	skip(missing.length > 0, `not on this machine: ${missing.join(", ")}; infra lab build gitea builds it`);
	const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-forge-`));
	const port = await freePort();
	const other = createServer((socket) => socket.destroy());
	await new Promise<void>((resolve) => other.listen(port, "127.0.0.1", resolve));
	const programs = new LabPrograms({ logs: folder, home: folder });
	try {
		const gitea = new Gitea(folder, port);
		const process = programs.run(gitea.program);
		// It does not end by that.
		await waitFor("it says so", () => readFileSync(process.log, "utf8").includes("Failed to start"), {
			within: 60_000,
		});
		await expect(programs.ready(process, () => gitea.isReady(), 0)).rejects.toThrow(
			/^gitea is not ready after 0 s:[\s\S]*address already in use/,
		);
	} finally {
		await programs.stop();
		other.close();
		rmSync(folder, { recursive: true });
	}
}, 90_000);
