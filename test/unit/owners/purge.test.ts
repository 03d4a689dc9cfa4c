import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { purge } from "../../../cli/owners/purge.ts";

interface Answer {
	readonly status: number;
	readonly body?: object;
}

/** A server that says what it is told to. What a real one does is in the end-to-end tests. */
async function serving(answer: (method: string, path: string) => Answer) {
	const asked: string[] = [];
	const server = createServer((request, response) => {
		const path = (request.url ?? "").replace("/v1/", "").replace("?list=true", "");
		const method = path === request.url?.replace("/v1/", "") ? (request.method ?? "") : "LIST";
		asked.push(`${method} ${path}`);
		const { status, body } = answer(method, path);
		response.writeHead(status).end(body && JSON.stringify(body));
	}).listen(0, "127.0.0.1");
	await once(server, "listening");
	onTestFinished(() => void server.close());
	const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
	return { asked, at: { address, token: "token-of-a-test", mount: "secret", path: "alice" } };
}

const listOf = (...keys: string[]): Answer => ({ status: 200, body: { data: { keys } } });
const nothing: Answer = { status: 404, body: { errors: [] } };
const done: Answer = { status: 204 };

test("tokens of deployers are revoked even when a secret cannot be deleted", async () => {
	const { asked, at } = await serving((method) =>
		method === "PUT"
			? done
			: method === "LIST"
				? listOf("stuck")
				: method === "DELETE"
					? { status: 400 }
					: nothing,
	);
	await expect(purge(at, ["alice"])).rejects.toThrow(
		'1 of the secrets below secret/alice cannot be deleted, or come back: "alice/stuck".',
	);
	expect(asked[0]).toBe("PUT sys/leases/revoke-prefix/kubernetes/creds/alice-deployer");
});

test.for(["..", ".", "/", "../", "./"])(
	"a name %j that Vault should never have taken keeps no other",
	async (name) => {
		let deleted = false;
		const { asked, at } = await serving((method, path) => {
			if (method === "DELETE") deleted ||= path.endsWith("app");
			if (method === "LIST") return listOf(name, ...(deleted ? [] : ["app"]));
			return method === "GET" ? nothing : done;
		});
		await expect(purge(at, [])).rejects.toThrow("cannot be deleted, or come back");
		expect(asked.filter((line) => line.startsWith("DELETE") || line.startsWith("PUT"))).toEqual([
			"DELETE secret/metadata/alice/app",
		]);
	},
);

test("entries that come back while others go end in an error, not in a loop", async () => {
	let made = 0;
	const { asked, at } = await serving((method) =>
		method === "LIST" ? listOf(`new-${made++}`) : method === "DELETE" ? done : nothing,
	);
	await expect(purge(at, [])).rejects.toThrow("end what writes them");
	expect(asked.filter((line) => line.startsWith("DELETE"))).toHaveLength(3);
});

test("folders without an end are an error", async () => {
	const { at } = await serving((method) => (method === "LIST" ? listOf("deeper/") : nothing));
	await expect(purge(at, [], { rounds: 3, folders: 50 })).rejects.toThrow(
		"more than 50 folders below secret/alice",
	);
});

test.for<[answer: string, list: Answer, message: string]>([
	["is refused", { status: 403 }, "answers 403"],
	["is no list", { status: 200, body: { data: { keys: "all" } } }, "something that is no list of names"],
	["no Vault has answered", { status: 404 }, "nothing is mounted there, or what answers is no Vault"],
])("a listing that %s is never taken for an empty one", async ([, list, message]) => {
	const { at } = await serving((method) => (method === "LIST" ? list : nothing));
	await expect(purge(at, [])).rejects.toThrow(message);
});

test("a refused deletion ends it at once", async () => {
	const { asked, at } = await serving((method) =>
		method === "LIST" ? listOf("a", "b") : method === "DELETE" ? { status: 403 } : nothing,
	);
	await expect(purge(at, [])).rejects.toThrow(/^DELETE http.*\/v1\/secret\/metadata\/alice\/a answers 403/);
	expect(asked.filter((line) => line.startsWith("DELETE"))).toHaveLength(1);
});
