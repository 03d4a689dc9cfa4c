import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { ProcessResult } from "../../clients/host/run.ts";
import type { Target } from "../../clients/host/target.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { Interrupted } from "../../terminal/interruption.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { type Assessment, isInForce } from "./assess.ts";
import { compareTables, renderDifference } from "./compare-tables.ts";
import { parseTable } from "./parse-table.ts";
import { exportsFile } from "./server-state.ts";

const script = readFileSync(new URL("./replace-exports.sh", import.meta.url), "utf8");

/**
 * Replaces the exports of a server. The server compares the table in force with the expected one and restores the old
 * file on a difference.
 *
 * @param confirm asked once, when the text differs and no problem was found
 * @returns whether anything was changed
 * @throws UsageError when the assessment holds problems; Error when the server refused, naming what is in force now
 */
export async function replaceExports(
	target: Target,
	text: string,
	assessment: Assessment,
	confirm: () => Promise<boolean>,
): Promise<boolean> {
	const { state, loaded, problems } = assessment;
	if (problems.length > 0)
		throw new UsageError(
			[`refused, nothing was changed on ${target.name}:`, ...problems.map((problem) => `- ${problem}`)].join(
				"\n",
			),
		);
	if (isInForce(assessment) || !(await confirm())) return false;
	const digests = [state.file === undefined ? "absent" : sha256(state.file), sha256(text)];
	const command = ["sh", "-c", script, "replace-exports", ...digests, loaded.etab];
	const ended = await target.run(command, text).catch((cause: Error) => {
		const outcome = `${target.name} went on by itself or did not begin: infra exports diff tells`;
		throw cause instanceof Interrupted ? cause : new VisibleError(`${cause.message}\n${outcome}`, { cause });
	});
	if (ended.code !== 0) throw new VisibleError(failure(target, loaded.etab, ended));
	return true;
}

/** Exit codes of the script, as it documents them. */
function failure({ name }: Target, expected: string, { code, stdout, stderr }: ProcessResult): string {
	const said = stderr.trim() === "" ? [] : stderr.trim().split("\n");
	const untouched: Record<number, string> = {
		65: `the text did not arrive whole on ${name}; nothing was changed`,
		74: `${exportsFile} on ${name} has changed in the meantime; nothing was changed: look at infra exports diff`,
		76: `${exportsFile} on ${name} is a link; nothing was changed: put the file itself in its place`,
		75: `somebody else is changing the exports of ${name}; nothing was changed`,
	};
	if (code !== 80 && code !== 81)
		return [
			untouched[code] ?? `${name} gave up with exit code ${code}, ${exportsFile} is as before:`,
			...said,
		].join("\n");
	const differences = compareTables(parseTable(expected), parseTable(stdout)).map(renderDifference);
	return [
		`${name} did not export what the new file says:`,
		...[...said, ...differences].map((line) => `- ${line}`),
		code === 80
			? "the old file and its table are back in force"
			: `its old state is not back: compare ${exportsFile} with ${exportsFile}.aside there, then run exportfs -ra; never restart the server`,
	].join("\n");
}

function sha256(text: string): string {
	return createHash("sha256").update(text).digest("hex");
}
