import { execFileSync, spawn } from "node:child_process";
import {
	cpSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, type TestContext, test } from "vitest";
import { projectRoot } from "../../../config/project-root.ts";
import { readJournal } from "../../../engine/state/journal.ts";
import { newAgeKey } from "../../../lab/age-key.ts";
import { copyBackend } from "../../../stacks/state-backend.ts";
import { filesBelow, filesWith } from "../harness/files-with.ts";
import { missing, sops } from "./encrypted-project.ts";

beforeEach(({ skip }) => skip(missing !== "", missing));

/** In every state of these tests, and in the clear nowhere else. */
const secret = "made-up-secret-of-a-state";
const lineage = "00000000-0000-4000-8000-000000000000";
/** A number that is lost where a state is read and written again as JSON. */
const stateText = (serial: number) =>
	`{"version": 4, "serial": ${serial}, "lineage": "${lineage}", "outputs": {"site": {"value": "mine", "type": "string"}}, "resources": [], "secret": "${secret}", "exact": 12345678901234567890123}\n`;

function laboratory({ onTestFinished }: Pick<TestContext, "onTestFinished">) {
	const root = mkdtempSync(join(tmpdir(), "infra-crash-"));
	const memoryRoot = mkdtempSync("/dev/shm/infra-crash-");
	onTestFinished(() => {
		for (const path of [root, memoryRoot]) rmSync(path, { recursive: true, force: true });
	});
	const { recipient, identity } = newAgeKey();
	const keys = join(root, "keys.txt");
	writeFileSync(keys, identity);
	let made = 0;

	/** A state folder of its own, with what an operation finds. */
	function place(prepare: (of: Place) => void): Place {
		const name = `case-${++made}`;
		const stackFolder = join(root, name);
		const folder = join(stackFolder, "state");
		const memory = join(memoryRoot, name);
		for (const path of [folder, memory]) mkdirSync(path, { recursive: true });
		const env = {
			...process.env,
			INFRA_MEMORY: memory,
			NODE_COMPILE_CACHE: join(root, "compiled"),
			SOPS_AGE_KEY_FILE: keys,
			XDG_STATE_HOME: join(stackFolder, "home-state"),
		};
		const of: Place = { folder, stackFolder, memory, next: join(memory, "next.json"), env, recipient };
		prepare(of);
		return of;
	}
	/** Most files are the same as after the kill before. */
	const known = new Map<string, string>();
	const opened = (file: string) => {
		const text = readFileSync(file, "utf8");
		const plain = known.get(text) ?? open(file, keys);
		known.set(text, plain);
		return plain;
	};
	return { place, opened };
}

interface Place {
	readonly folder: string;
	readonly stackFolder: string;
	readonly memory: string;
	readonly next: string;
	readonly env: NodeJS.ProcessEnv;
	readonly recipient: string;
}

const open = (file: string, keys: string) =>
	execFileSync(sops ?? "sops", ["decrypt", file], {
		env: { ...process.env, SOPS_AGE_KEY_FILE: keys },
	}).toString();

/** @returns whether it was killed; `locked` when a lock kept it from its work */
async function operate(of: Place, operation: string, at = 0, mode = "before"): Promise<boolean | "locked"> {
	const { folder, stackFolder, next, recipient } = of;
	const section = { site: "mine", folder: "state", encryption: { recipients: [recipient] } };
	const where = { stack: "storage", stackFolder, folder, backend: copyBackend };
	const input = JSON.stringify({ section, ...where, next });
	const program = join(projectRoot, "test/e2e/harness/state-crash-program.ts");
	const child = spawn(process.execPath, [program, input, operation, String(at), mode], {
		env: of.env,
		stdio: ["ignore", "ignore", "pipe"],
	});
	let stderr = "";
	child.stderr.setEncoding("utf8").on("data", (text: string) => {
		stderr += text;
	});
	const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
		child.on("close", (code, signal) => resolve([code, signal]));
	});
	if (signal === "SIGKILL") return true;
	if (code !== 0 && stderr.includes("StateLocked")) return "locked";
	expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
	return false;
}

const enc = "terraform.tfstate.enc";
const clearFiles = (of: Place) => filesWith(of.stackFolder, secret);

/**
 * Kills an operation at every of its writes in turn, each time from the same start, and in the midst of those that write
 * text; then has the next command do what it does after a kill.
 */
async function everyKill(
	lab: ReturnType<typeof laboratory>,
	{ operation, prepare, check, serials, after }: Schedule,
): Promise<number> {
	let kills = 0;
	for (const mode of ["before", "torn"])
		for (let at = 1; ; at++) {
			const of = lab.place(prepare);
			const killed = await operate(of, operation, at, mode);
			if (killed) {
				kills += 1;
				const file = join(of.folder, enc);
				if (existsSync(file)) expect(serials.map(stateText)).toContain(lab.opened(file));
				check?.(of);
				// Where the newest state is known to lie here, the next command goes on under the lock that was left.
				const isHeld = () => existsSync(join(of.folder, "terraform.tfstate.lock"));
				if (isHeld() && operation === "recover") await operate(of, "recover");
				if (isHeld()) expect(await operate(of, "unlock")).toBe(false);
				expect(await operate(of, operation === "unlock" ? "recover" : operation)).toBe(false);
			}
			expect(clearFiles(of)).toEqual([]);
			expect(filesBelow(join(of.memory)).filter((name) => name !== of.next)).toEqual([]);
			const versions = [join(of.folder, enc), ...earlierOf(of)].map((name) => lab.opened(name));
			for (const version of versions) expect(version).toContain(secret);
			expect(after.map(stateText)).toContain(versions[0]);
			expect(readdirSync(of.folder).filter((name) => /part|lock/.test(name))).toEqual([]);
			for (const { at: time, outcome } of readJournal(of.folder))
				expect([typeof time, outcome]).toEqual(["string", expect.stringMatching(/^(begun|done|failed)$/)]);
			if (!killed) break;
		}
	return kills;
}

interface Schedule {
	readonly operation: string;
	readonly prepare: (of: Place) => void;
	/** Right after the kill. */
	readonly check?: (of: Place) => void;
	/** Of the versions that there may be. */
	readonly serials: readonly number[];
	/** Of the stored version in the end: two where the next command does it once more. */
	readonly after: readonly number[];
}

const earlierOf = ({ folder }: Place) => {
	const earlier = join(folder, "earlier");
	return existsSync(earlier) ? readdirSync(earlier).map((name) => join(earlier, name)) : [];
};

/** A folder with a number of versions, made once. */
async function withVersions(lab: ReturnType<typeof laboratory>, count: number): Promise<string> {
	const of = lab.place(() => {});
	for (let serial = 1; serial <= count; serial++) {
		writeFileSync(of.next, stateText(serial));
		await operate(of, "push");
	}
	rmSync(join(of.folder, "journal.jsonl"));
	return of.folder;
}

const next = (serial: number) => (of: Place) => writeFileSync(of.next, stateText(serial));
const memoryOf = ({ memory }: Place, folder: string) => {
	const [user = ""] = readdirSync(memory).filter((name) => name.startsWith("infra-"));
	const [hash = ""] = readdirSync(join(memory, user));
	return join(memory, user, hash, folder);
};

describe.concurrent("killed at every write, the state is whole and nothing is in the clear", {
	timeout: 1_500_000,
}, () => {
	test("of the first version", async (context) => {
		const lab = laboratory(context);
		expect(
			await everyKill(lab, {
				operation: "push",
				prepare: next(1),
				check: (of) => expect(clearFiles(of)).toEqual([]),
				serials: [1, 2],
				after: [1, 2],
			}),
		).toBeGreaterThan(12);
	});

	test("of a version that lets the oldest go", async (context) => {
		const lab = laboratory(context);
		const versions = await withVersions(lab, 11);
		expect(
			await everyKill(lab, {
				operation: "push",
				prepare: (of) => {
					cpSync(versions, of.folder, { recursive: true });
					next(12)(of);
				},
				check: (of) => expect(clearFiles(of)).toEqual([]),
				serials: [11, 12, 13],
				after: [12, 13],
			}),
		).toBeGreaterThan(14);
	});

	test("while a state in the clear is encrypted", async (context) => {
		const lab = laboratory(context);
		expect(
			await everyKill(lab, {
				operation: "recover",
				prepare: ({ folder }) => {
					writeFileSync(join(folder, "terraform.tfstate"), stateText(7));
					writeFileSync(join(folder, "terraform.tfstate.backup"), stateText(6));
					writeFileSync(join(folder, "terraform.tfstate.1700000000.backup"), stateText(5));
				},
				// The text in the clear is there until the encrypted one is.
				check: ({ folder }) =>
					expect(existsSync(join(folder, "terraform.tfstate")) || existsSync(join(folder, enc))).toBe(true),
				serials: [7],
				after: [7],
			}),
		).toBeGreaterThan(8);
	});

	test("while the state of a killed apply is taken over", async (context) => {
		const lab = laboratory(context);
		const versions = await withVersions(lab, 2);
		expect(
			await everyKill(lab, {
				operation: "recover",
				prepare: (of) => {
					cpSync(versions, of.folder, { recursive: true });
					// The folder in memory is named after that of the state.
					execFileSync(
						process.execPath,
						[
							"-e",
							`import("${join(projectRoot, "engine/state/memory-folder.ts")}").then(({ memoryFolder }) =>
							require("node:fs").writeFileSync(memoryFolder(${JSON.stringify(of.folder)}) + "/errored.tfstate", ${JSON.stringify(stateText(3))}))`,
						],
						{ env: of.env },
					);
					expect(existsSync(memoryOf(of, "errored.tfstate"))).toBe(true);
				},
				check: (of) => expect(clearFiles(of)).toEqual([]),
				serials: [2, 3],
				after: [3],
			}),
		).toBeGreaterThan(8);
	});

	test("while it is encrypted for other recipients", async (context) => {
		const lab = laboratory(context);
		const versions = await withVersions(lab, 2);
		expect(
			await everyKill(lab, {
				operation: "rotate",
				prepare: (of) => cpSync(versions, of.folder, { recursive: true }),
				serials: [2],
				after: [2],
			}),
		).toBeGreaterThan(5);
	});

	test("while a lock that was left is freed", async (context) => {
		const lab = laboratory(context);
		const versions = await withVersions(lab, 1);
		const left = lab.place((of) => {
			cpSync(versions, of.folder, { recursive: true });
			next(2)(of);
		});
		// The fourth write comes once the lock is held.
		expect(await operate(left, "push", 4)).toBe(true);
		expect(existsSync(join(left.folder, "terraform.tfstate.lock"))).toBe(true);
		expect(
			await everyKill(lab, {
				operation: "unlock",
				prepare: (of) => cpSync(left.folder, of.folder, { recursive: true }),
				serials: [1],
				after: [1],
			}),
		).toBeGreaterThan(2);
	});
});
