import type { StateInPostgres } from "../../engine/state/psql-session.ts";

/** A pair of a string of libpq: `host=db password='two words'`. */
const pair = /\s*(\w+)\s*=\s*('(?:\\.|[^'\\])*'|(?:\\.|[^\s'\\])*)/gy;

/**
 * The database of a `PG_CONN_STR`, without the password: everybody sees the arguments of a program. Both forms that libpq
 * and Terraform's backend read: an address, and pairs of a keyword and a value.
 *
 * @param schema that has the state
 */
export function databaseOfAddress(address: string, schema: string, env = process.env): StateInPostgres {
	const [connection, password] = /^postgres(ql)?:\/\//.test(address) ? ofUrl(address) : ofPairs(address);
	return { stack: schema, connection, env: { ...env, ...(password && { PGPASSWORD: password }) } };
}

function ofUrl(address: string): [connection: string, password: string] {
	const url = new URL(address);
	const password = url.searchParams.get("password") ?? decodeURIComponent(url.password);
	url.password = "";
	url.searchParams.delete("password");
	return [url.href, password];
}

function ofPairs(text: string): [connection: string, password: string] {
	const pairs = [...text.matchAll(pair)].map(([all, name = "", value = ""]) => ({ all, name, value }));
	const rest = pairs.filter(({ name }) => name !== "password").map(({ all }) => all.trim());
	const { value = "" } = pairs.findLast(({ name }) => name === "password") ?? {};
	return [rest.join(" "), value.replace(/^'|'$/g, "").replace(/\\(.)/g, "$1")];
}
