import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { basename, resolve } from "node:path";
import { projectRoot } from "../../config/project-root.ts";
import { revisionOf } from "../../engine/revision.ts";
import { DatabaseSession } from "../../engine/state/database-session.ts";
import { requireNoMoveInFolder } from "../../engine/state/pending-move.ts";
import { emergencyFile } from "../../engine/state/rescue.ts";
import { StateSession } from "../../engine/state/state-session.ts";
import { whySealed } from "../../engine/state/why-sealed.ts";
import { stateSectionOf } from "../../stacks/state-section.ts";
import { printFailure } from "../../terminal/failure.ts";

/** Name under which the plain engine saves a plan in the folder of a stack. */
const savedPlan = "plan";

/** Commands that change a state; the first words of each. */
const changing = /^(apply|destroy|import|taint|untaint|refresh|state (mv|rm|push|replace-provider))\b/;

/**
 * Runs Terraform in the folder of a synthesised stack, which is the current one, with the backend of its state, or the
 * lock of a state in a database. Where the state is a file in the clear, Terraform runs as it is.
 *
 * @returns its exit code
 * @throws as StateSession.open
 */
export async function runInStackFolder(program: string, args: readonly string[]): Promise<number> {
	const stackFolder = process.cwd();
	const stack = basename(stackFolder);
	const document = documentHere();
	const section = document && stateSectionOf({ json: document });
	if (section !== undefined && args[0] !== "version")
		requireNoMoveInFolder(resolve(stackFolder, section.folder), stack);
	if (document === undefined || section === undefined || args[0] === "version") return run(program, args, {});
	const commit = await revisionOf(projectRoot);
	const [what = ""] = changing.exec(args.join(" ")) ?? [];
	const database = DatabaseSession.open({ document: { stack, json: document }, stackFolder, commit });
	if (database !== undefined) {
		const code = await runOnDatabase(database, what, () => run(program, args, {}));
		const why = code === 0 ? undefined : await whySealed({ stack, json: document });
		if (why !== undefined) printFailure(why);
		return code;
	}
	const session = await StateSession.open({ section, stack, stackFolder, commit });
	if (session === undefined) return run(program, args, {});
	try {
		// Terraform knows a status, and not whose state it is.
		await session.store.read();
		session.cover(stackFolder, [emergencyFile, savedPlan]);
		const act = what === "" ? undefined : session.begin({ what });
		const code = await run(program, withReconfigured(args), session.environment);
		act?.end(code === 0 ? "done" : "failed", await session.store.head());
		if (code !== 0 && session.state.refusal !== undefined) printFailure(session.state.refusal);
		return code;
	} finally {
		await session.close();
	}
}

/** While somebody else applies, nothing is run; what changes the state keeps others off. */
async function runOnDatabase(
	database: DatabaseSession,
	what: string,
	start: () => Promise<number>,
): Promise<number> {
	try {
		await database.begin();
		database.cover(process.cwd());
		if (what === "") return await start();
		let code = 1;
		await database.locked(what, async () => {
			code = await start();
		});
		return code;
	} finally {
		await database.close();
	}
}

type Document = Parameters<typeof stateSectionOf>[0]["json"];

function documentHere(): Document | undefined {
	return existsSync("cdk.tf.json") ? JSON.parse(readFileSync("cdk.tf.json", "utf8")) : undefined;
}

/** A folder that was initialised for a state in the clear keeps that backend, and asks what to do with the state. */
function withReconfigured(args: readonly string[]): readonly string[] {
	const record = ".terraform/terraform.tfstate";
	if (args[0] !== "init" || !existsSync(record)) return args;
	const { backend } = JSON.parse(readFileSync(record, "utf8")) as {
		readonly backend?: { readonly type: string };
	};
	return backend === undefined || backend.type === "http" || args.includes("-reconfigure")
		? args
		: [...args.filter((argument) => argument !== "-migrate-state"), "-reconfigure"];
}

function run(
	program: string,
	args: readonly string[],
	env: Readonly<Record<string, string>>,
): Promise<number> {
	const child = spawn(program, [...args], { stdio: "inherit", env: { ...process.env, ...env } });
	// It is in the process group of the terminal: Ctrl-C reaches it directly, and its state has to be taken.
	for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => {});
	process.on("SIGTERM", () => child.kill("SIGTERM"));
	return new Promise((resolve, reject) => {
		child.on("error", reject);
		child.on("exit", (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
	});
}
