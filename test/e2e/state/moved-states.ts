import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import { askVault, findInVault } from "../../../clients/vault/ask-vault.ts";
import type { PlaceOfState } from "../../../engine/state/locked-state.ts";
import { PsqlSession } from "../../../engine/state/psql-session.ts";
import { objectsOf } from "../../../engine/state/rewrite/move-objects.ts";
import { parseState, renderState, type StateDocument } from "../../../engine/state/rewrite/state-document.ts";
import { unseal } from "../../../engine/state/sealed-state.ts";
import { newAgeKey } from "../../../lab/age-key.ts";
import { waitFor } from "../harness/wait-for.ts";
import { sops } from "./encrypted-project.ts";
import { type Kill, operate } from "./operate.ts";
import type { startStateDatabase } from "./state-database.ts";

/** In every object that is moved, and in the clear nowhere. */
export const secret = "made-up-secret-of-an-object";
export const moves = [{ from: "a.x", to: "a.new" }];

export type Kind = "encrypted" | "postgres";
export type Side = "source" | "target";
const sides = ["source", "target"] as const;

const stateOf = (lineage: string, ...names: string[]): string =>
	renderState({
		version: 4,
		serial: 3,
		lineage,
		outputs: { site: { value: "mine", type: "string" } },
		resources: names.map((name) => ({
			mode: "managed",
			type: "a",
			name,
			provider: "p",
			instances: [{ attributes: { id: `${secret}-${name}` } }],
		})),
	} as StateDocument);
const before = { source: stateOf("one", "x", "y"), target: stateOf("two", "z") };

/** Two states in folders, or schemas, of their own. */
export interface Pair {
	readonly folder: string;
	readonly source: PlaceOfState;
	readonly target: PlaceOfState;
	/** The same states in another checkout, which has what was committed before anything was moved. */
	readonly elsewhere: Readonly<Record<Side, PlaceOfState>>;
	/** Puts back what was there at the last `keep`. */
	readonly restore: () => Promise<void>;
	readonly keep: () => Promise<void>;
	/** Objects of both states, however they are stored. @default those of the first checkout */
	readonly objects: (
		states?: Readonly<Record<Side, PlaceOfState>>,
	) => Promise<Readonly<Record<Side, readonly string[]>>>;
	/** What else tells one outcome of a kill from another. */
	readonly traces: () => Promise<string>;
	/** @returns the writes that it has made; undefined when it was killed */
	readonly operate: (operation: string, kill?: Kill) => Promise<readonly string[] | undefined>;
	/** Waits for what a killed process has started. */
	readonly ended: () => Promise<void>;
}

/** A folder, keys and a database for many pairs of states. Call it once the environment may be changed. */
export async function statesToMove(database: Awaited<ReturnType<typeof startStateDatabase>>) {
	const root = mkdtempSync(join(tmpdir(), "infra-moves-"));
	const memory = mkdtempSync("/dev/shm/infra-moves-");
	const { recipient, identity } = newAgeKey();
	const keys = join(root, "keys.txt");
	writeFileSync(keys, identity);
	const environment = {
		INFRA_MEMORY: memory,
		SOPS_AGE_KEY_FILE: keys,
		XDG_STATE_HOME: join(root, "home-state"),
		PGPASSWORD: database.password,
		NODE_COMPILE_CACHE: join(root, "compiled"),
	};
	for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
	const ask = oneByOne(() => new PsqlSession(database.connection, "a test"));
	const files = { source: join(root, "source.enc"), target: join(root, "target.enc") };
	for (const side of sides) writeFileSync(files[side], await runSops("encrypt", recipient, before[side]));
	const opened = new Map<string, Promise<string>>();
	/** Most files are the same as before. */
	const open = (file: string) => {
		const text = readFileSync(file, "utf8");
		const known = opened.get(text) ?? runSops("decrypt", recipient, text);
		opened.set(text, known);
		return known;
	};
	let made = 0;

	async function place(
		folder: string,
		side: Side,
		{ kind, number, vault }: { kind: Kind; number: number; vault: string | undefined },
	) {
		const stack = `${side === "source" ? "one" : "two"}-${number}`;
		const state = join(folder, "state", stack);
		mkdirSync(state, { recursive: true });
		const more = { stack, stackFolder: folder, folder: state, recipients: [recipient] };
		const inVault = vault !== undefined &&
			kind === "encrypted" && { vault: { address: vault, kvMount: "secret" } };
		const section = { site: "mine", folder: join("state", stack), ...inVault };
		if (kind === "encrypted") {
			cpSync(files[side], join(state, "terraform.tfstate.enc"));
			const encryption = { recipients: [recipient] };
			const backend = { http: { retry_wait_max: 5 } };
			return { ...more, section: { ...section, encryption }, stateTier: 0 as const, backend };
		}
		await ask(
			`CREATE SCHEMA "${stack}"; CREATE TABLE "${stack}".states (id bigint NOT NULL DEFAULT nextval('public.global_states_id_seq') PRIMARY KEY, name text UNIQUE, data text);
			INSERT INTO "${stack}".states (name, data) VALUES ('default', $state$${before[side]}$state$)`,
		);
		const backend = { pg: { conn_str: database.connection, schema_name: stack } };
		return { ...more, section, stateTier: 1 as const, backend };
	}

	const rowOf = async ({ stack }: PlaceOfState) => {
		const row = await ask(`SELECT to_json(data) FROM "${stack}".states WHERE name = 'default'`);
		return row === "" ? undefined : (JSON.parse(row) as string);
	};
	const textOf = async (of: PlaceOfState) => {
		if (of.stateTier === 1) return unseal(await rowOf(of)).text;
		return open(join(of.folder, "terraform.tfstate.enc"));
	};

	/** @param vault address of the Vault that has the locks. @default none */
	async function pair(kinds: Readonly<Record<Side, Kind>>, vault?: string): Promise<Pair> {
		const number = ++made;
		const folder = join(root, String(number));
		const source: PlaceOfState = await place(folder, "source", { kind: kinds.source, number, vault });
		const target: PlaceOfState = await place(folder, "target", { kind: kinds.target, number, vault });
		const there = join(root, `${number}-elsewhere`);
		cpSync(folder, there, { recursive: true });
		const seenThere = (of: PlaceOfState) => ({
			...of,
			stackFolder: there,
			folder: join(there, "state", of.stack),
		});
		const inVault = vault === undefined ? [] : [source, target].filter(({ stateTier }) => stateTier === 0);
		const inDatabase = [source, target].filter(({ stateTier }) => stateTier === 1);
		const kept = new Map<PlaceOfState, string | undefined>();
		const entries = new Map<PlaceOfState, Entry>();
		const image = `${folder}.image`;
		return {
			folder,
			source,
			target,
			elsewhere: { source: seenThere(source), target: seenThere(target) },
			keep: async () => {
				cpSync(folder, image, { recursive: true });
				for (const of of inDatabase) kept.set(of, await rowOf(of));
				for (const of of inVault) entries.set(of, await entryOf(of, { vault }));
			},
			restore: async () => {
				rmSync(folder, { recursive: true });
				cpSync(image, folder, { recursive: true });
				for (const of of inDatabase)
					await ask(`UPDATE "${of.stack}".states SET data = $state$${kept.get(of)}$state$`);
				for (const of of inVault) await entryOf(of, { vault, data: entries.get(of) ?? {} });
			},
			objects: async (of = { source, target }) => {
				const [inSource, inTarget] = await Promise.all([textOf(of.source), textOf(of.target)]);
				return { source: objectsIn(inSource), target: objectsIn(inTarget) };
			},
			traces: async () => {
				const rows = await Promise.all(inDatabase.map(rowOf));
				const sealed = rows.map((row) => unseal(row).pending !== undefined);
				const locks = await Promise.all(inVault.map((of) => entryOf(of, { vault })));
				const held = locks.map(({ lock, move }) => [lock !== "", move !== ""]);
				return JSON.stringify([...namesBelow(folder), ...sealed, ...held]);
			},
			operate: (operation, kill) => operate({ ...source, target, moves }, operation, kill),
			ended: async () => {
				await waitFor(
					"its sessions have ended",
					async () =>
						(await ask(
							`SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'infra % ${source.stack} %' OR application_name LIKE 'infra % ${target.stack} %'`,
						)) === "0",
					{ within: 60_000 },
				);
			},
		};
	}
	return {
		pair,
		root,
		memory,
		ask,
		remove: () => [root, memory].map((path) => rmSync(path, { recursive: true })),
	};
}

type Entry = Readonly<Record<string, string>>;

/** What Vault has of a state, once `data` is written there. */
async function entryOf(
	{ stack, section: { site } }: PlaceOfState,
	{ vault: address = "", data }: { readonly vault: string | undefined; readonly data?: Entry },
): Promise<Entry> {
	const access = { address, token: process.env.VAULT_TOKEN ?? "" };
	const path = ["secret", "data", "locks", site, stack];
	if (data !== undefined) await askVault(access, { method: "POST", path, body: { data } });
	const found = await findInVault(access, { path });
	return (found?.data as { readonly data?: Entry } | undefined)?.data ?? { lock: "", move: "" };
}

const objectsIn = (text: string | undefined) => (text === undefined ? [] : objectsOf(parseState(text)));

/** Names of files, and how long the journals are; nothing that is made at random. */
function namesBelow(folder: string): string[] {
	return readdirSync(folder, { recursive: true, encoding: "utf8" })
		.map((name) => {
			const length = name.endsWith(".jsonl")
				? readFileSync(join(folder, name), "utf8").split("\n").length
				: "";
			return `${name.replace(/(one|two)-\d+|-[0-9a-f]{8}\.|\.\d+$/g, (all) => all.slice(0, 3))}${length}`;
		})
		.sort();
}

/** A session answers one question after the other. */
function oneByOne(open: () => PsqlSession) {
	let session = open();
	let last: Promise<unknown> = Promise.resolve();
	return (statement: string): Promise<string> => {
		const answer = last.then(() => session.ask(statement));
		last = answer.catch(() => {
			// The server may have been away.
			session = open();
		});
		return answer;
	};
}

function runSops(what: "encrypt" | "decrypt", recipient: string, text: string): Promise<string> {
	const args = [
		"--input-type",
		what === "encrypt" ? "binary" : "json",
		"--output-type",
		what === "encrypt" ? "json" : "binary",
	];
	return new Promise((resolve, reject) => {
		const child = execFile(
			sops ?? "sops",
			[
				what,
				...args,
				...(what === "encrypt" ? ["--age", recipient] : []),
				"--filename-override",
				"state.enc",
			],
			(error, stdout) => (error ? reject(error) : resolve(stdout)),
		);
		child.stdin?.end(text);
	});
}

/** A number of tasks at a time. */
export async function together<T>(
	items: readonly T[],
	task: (item: T) => Promise<void>,
	width = 4,
): Promise<void> {
	const left = [...items];
	const worker = async () => {
		for (let item = left.shift(); item !== undefined; item = left.shift()) await task(item);
	};
	await Promise.all(Array.from({ length: width }, worker));
}
