import { constants } from "node:fs";
import { access, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { RunReport } from "../../engine/deploy/run-report.ts";
import type { Project } from "../../engine/project.ts";
import { UsageError } from "../../terminal/usage-error.ts";

/**
 * Runs a deploy, and writes what became of each stack into a file as JSON, whether it succeeds, fails or is interrupted:
 * `site`, `commit`, `started` (RFC 3339), `seconds`, and `stacks` as in {@link RunReport}.
 *
 * @param file no report without one
 * @throws UsageError before anything is deployed, when the file's folder cannot be written to
 */
export async function reported(
	file: string | undefined,
	project: Project,
	site: string,
	deploy: (report: RunReport) => Promise<void>,
): Promise<void> {
	const report = new RunReport();
	if (file === undefined) return deploy(report);
	await requireWritable(file);
	const commit = (await project.revision()) ?? null;
	const started = new Date();
	try {
		await deploy(report);
	} finally {
		const seconds = (Date.now() - started.getTime()) / 1000;
		const { stacks } = report;
		await writeFile(
			`${file}.part`,
			`${JSON.stringify({ site, commit, started, seconds, stacks }, null, "\t")}\n`,
		);
		await rename(`${file}.part`, file);
	}
}

async function requireWritable(file: string): Promise<void> {
	try {
		await access(dirname(file), constants.W_OK);
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		throw new UsageError(`--report ${file}: its folder cannot be written to (${code}), nothing was deployed`);
	}
}
