import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { holdersInPostgres } from "../../engine/state/postgres-holders.ts";
import { decrypt, encrypt, encryptFile } from "../../engine/state/sops.ts";
import { StateByTerraform } from "../../engine/state/state-by-terraform.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { databaseOfAddress } from "./database-address.ts";

/** A state that objects are adopted from. */
export interface Source {
	/** As the user gave it: the path of a file, or `pg:SCHEMA`. */
	readonly name: string;
	/** The state in the clear. */
	readonly read: () => Promise<string>;
	/** Puts a later version in its place. */
	readonly write: (text: string) => Promise<void>;
	/** Refuses a state that somebody works on, before anything is written anywhere. @throws UsageError */
	readonly requireFree?: () => Promise<void>;
	/** File, for a copy that is as safe as it; undefined for what is no file. */
	readonly file?: string;
}

/**
 * Opens a state: a file of Terraform, in the clear or as SOPS has encrypted it, or a schema of the PostgreSQL backend, whose
 * login is in `PG_CONN_STR`, as Terraform reads it.
 *
 * @throws UsageError for what cannot be a state
 */
export function openSource(name: string): Source {
	const schema = /^pg:(.+)$/.exec(name)?.[1];
	if (schema !== undefined) return databaseSource(name, schema);
	const file = resolve(name);
	if (!existsSync(file))
		throw new UsageError(`${name}: there is no such file`, "name a state file, or pg:SCHEMA");
	return isOfSops(readFileSync(file, "utf8")) ? sopsSource(name, file) : fileSource(name, file);
}

interface SopsMetadata {
	readonly age?: readonly { readonly recipient: string }[] | null;
	readonly hc_vault?:
		| readonly { readonly vault_address: string; readonly engine_path: string; readonly key_name: string }[]
		| null;
}

function isOfSops(text: string): boolean {
	try {
		return "sops" in JSON.parse(text);
	} catch {
		return false;
	}
}

function sopsSource(name: string, file: string): Source {
	return {
		name,
		file,
		read: () => decrypt(readFileSync(file, "utf8")),
		write: async (plain) => {
			const before = JSON.parse(readFileSync(file, "utf8"));
			const text = await encryptLike(name, before, plain);
			const part = `${file}.part`;
			writeFileSync(part, text);
			renameSync(part, file);
		},
	};
}

/** Encrypted once more for those who could open it, in the format that it had. */
function encryptLike(name: string, before: { readonly sops: SopsMetadata }, plain: string): Promise<string> {
	const { age, hc_vault, ...others } = before.sops;
	const ways = Object.entries(others).filter(([, value]) => Array.isArray(value) && value.length > 0);
	const recipients = (age ?? []).map(({ recipient }) => recipient);
	if (ways.length > 0 || recipients.length === 0)
		throw new UsageError(
			`${name} is encrypted for ${ways.map(([way]) => way).join(", ") || "no key of age"}, which is not known here`,
			"decrypt it, adopt from the file in the clear, and encrypt that again",
		);
	const [transit] = (hc_vault ?? []).map(
		(key) => `${key.vault_address}/v1/${key.engine_path}/keys/${key.key_name}`,
	);
	return "lineage" in before
		? encryptFile(plain, "json", recipients, transit)
		: encrypt(plain, { age: recipients, transit }).then(({ text }) => text);
}

const fileSource = (name: string, file: string): Source => ({
	name,
	file,
	...throughBackend(name, { local: { path: file } }),
});

function databaseSource(name: string, schema_name: string): Source {
	if (!process.env.PG_CONN_STR)
		throw new UsageError(
			`${name}: PG_CONN_STR is not set`,
			"PG_CONN_STR=postgres://USER:PASSWORD@HOST/DATABASE, as Terraform's backend reads it",
		);
	// Whoever looks at a state makes none.
	const made = { skip_schema_creation: true, skip_table_creation: true, skip_index_creation: true };
	const requireFree = () => requireFreeSchema(name, schema_name, process.env.PG_CONN_STR ?? "");
	return { name, requireFree, ...throughBackend(name, { pg: { schema_name, ...made } }) };
}

/** Terraform refuses a locked state as well, but only once the stack that gets the objects has them. */
async function requireFreeSchema(name: string, schema: string, address: string): Promise<void> {
	const [held] = await holdersInPostgres(databaseOfAddress(address, schema));
	if (held !== undefined)
		throw new UsageError(
			`${name}: it is locked by ${held.holder} (${held.by}) since ${held.since}, for ${held.operation}; nothing was written`,
			held.advice,
		);
}

/** Reads and writes with Terraform's own backend, and so under its own lock. */
function throughBackend(name: string, backend: object) {
	const within = async <T>(task: (state: StateByTerraform) => Promise<T>): Promise<T> => {
		const state = await StateByTerraform.at(name, backend);
		try {
			return await task(state);
		} finally {
			state.close();
		}
	};
	return {
		read: async () => {
			const text = await within((state) => state.read());
			if (text === undefined) throw new UsageError(`${name} has no state`);
			return text.trim();
		},
		write: (text: string) => within((state) => state.write(text)),
	};
}
