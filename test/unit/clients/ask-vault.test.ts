import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { askVault, findInVault, type VaultRequest } from "../../../clients/vault/ask-vault.ts";
import { VaultRefusal } from "../../../clients/vault/refusal.ts";
import { VisibleError } from "../../../config/schema/visible-error.ts";

const token = "hvs.secret-of-a-test";
const path = ["secret", "data", "a/b"];
const address = (port: number) => `http://127.0.0.1:${port}`;

/** A server on loopback. What a real one says is in the end-to-end tests. */
async function serving(listener: RequestListener) {
	const server = createServer(listener).listen(0, "127.0.0.1");
	await once(server, "listening");
	onTestFinished(() => {
		server.closeAllConnections();
		server.close();
	});
	return { address: address((server.address() as AddressInfo).port), token };
}

const saying = (status: number, body = "", headers: Record<string, string> = {}) =>
	serving((_, response) => void response.writeHead(status, headers).end(body));

/** What an error says; whatever happens, never the token. */
async function complaint(access: { address: string; token: string }, request: Partial<VaultRequest> = {}) {
	const error = await askVault(access, { path, ...request }).catch((caught: unknown) => caught);
	expect(error).toBeInstanceOf(VisibleError);
	const { message } = error as VisibleError;
	expect(message).not.toContain(access.token);
	return { error, message: message.replace(access.address, "http://vault") };
}

test.for<[method: VaultRequest["method"], line: string, type: string]>([
	[undefined, "GET /v1/secret/data/a%2Fb", "application/json"],
	["LIST", "GET /v1/secret/data/a%2Fb/?list=true", "application/json"],
	["PATCH", "PATCH /v1/secret/data/a%2Fb", "application/merge-patch+json"],
	["PUT", "PUT /v1/secret/data/a%2Fb", "application/json"],
])("%s is asked as Vault expects it", async ([method, line, type]) => {
	const asked: unknown[] = [];
	const access = await serving(async (request, response) => {
		const { "x-vault-token": sent, "content-type": sentType } = request.headers;
		asked.push([`${request.method} ${request.url}`, sent, sentType, await text(request)]);
		response.end('{"data":1}');
	});
	const body = method === "PATCH" || method === "PUT" ? { a: 1 } : undefined;
	const answer = await askVault(access, { path, ...(method && { method }), ...(body && { body }) });
	expect(answer).toEqual({ data: 1 });
	expect(asked).toEqual([[line, token, type, body ? '{"a":1}' : ""]]);
});

test("nothing to say is an empty answer", async () => {
	expect(await askVault(await saying(204), { method: "DELETE", path })).toEqual({});
});

test.for<[status: number, body: string, message: string]>([
	[400, '{"errors":["unknown role: x"]}', "answers 400 (unknown role: x)"],
	[
		403,
		'{"errors":["1 error occurred:\\n\\t* permission denied\\n\\n"]}',
		'answers 403: the token may not do that, or is no longer valid; log in with "vault login" (permission denied)',
	],
	[404, '{"errors":[]}', "answers 404: there is no such entry"],
	[404, '{"data":{"data":null}}', "answers 404: there is no such entry"],
	[
		404,
		'{"errors":["no handler for route \\"secret/data/a\\"."]}',
		'answers 404: nothing is mounted there, or what answers is no Vault (no handler for route "secret/data/a".)',
	],
	[404, "404 page not found", "answers 404: nothing is mounted there, or what answers is no Vault"],
	[
		429,
		'{"errors":["request path \\"x\\": rate limit quota exceeded"]}',
		'answers 429: it is asked too often, or is a standby; wait, or name the leader in VAULT_ADDR (request path "x": rate limit quota exceeded)',
	],
	[
		500,
		'{"errors":["local node not active but active cluster node not found"]}',
		"answers 500 (local node not active but active cluster node not found)",
	],
	[502, "<html>", "answers 502: Vault, or a proxy before it, cannot reach what it needs"],
	[
		503,
		'{"errors":["Vault is sealed"]}',
		'answers 503: Vault is sealed or has no leader; "vault status" says which (Vault is sealed)',
	],
	[418, '{"errors":"no list"}', "answers 418"],
	[418, '{"errors":[7,"a\\u001b[2J\\n b"]}', "answers 418 (a [2J b)"],
	[418, `{"errors":["bad ${token}"]}`, "answers 418 (bad <token>)"],
])("a refusal with %i and %s says what it means and what Vault said", async ([status, body, message]) => {
	const { error, message: said } = await complaint(await saying(status, body));
	expect(said).toBe(`GET http://vault/v1/secret/data/a%2Fb ${message}`);
	expect(error).toBeInstanceOf(VaultRefusal);
	expect((error as VaultRefusal).status).toBe(status);
});

test("an error without an end is cut", async () => {
	const { message } = await complaint(await saying(400, JSON.stringify({ errors: ["x".repeat(9_999)] })));
	expect(message.length).toBeLessThan(400);
});

test("what Vault says is not there is undefined, whatever else is not", async () => {
	for (const body of ['{"errors":[]}', '{"data":{"data":null}}'])
		expect(await findInVault(await saying(404, body), { path })).toBeUndefined();
	for (const body of ["", "404 page not found", "{}", "[]", '{"errors":["no handler for route"]}'])
		await expect(findInVault(await saying(404, body), { path })).rejects.toThrow("answers 404: nothing is");
	await expect(findInVault(await saying(403, '{"errors":[]}'), { path })).rejects.toThrow("answers 403");
	expect(await findInVault(await saying(200, '{"data":1}'), { path })).toEqual({ data: 1 });
});

test.for([301, 302, 307, 308])("the token is never led somewhere else by %i", async (status) => {
	const asked: unknown[] = [];
	const other = await serving((request, response) => {
		asked.push(request.url);
		response.end("{}");
	});
	const location = `${other.address}/v1/x?token=y`;
	const { message } = await complaint(await saying(status, "", { location }));
	expect(message).toBe(
		`GET http://vault/v1/secret/data/a%2Fb leads to ${other.address}, and the token does not follow; name Vault itself in VAULT_ADDR, or in vault.address of the site`,
	);
	const within = await complaint(await saying(status, "", { location: "/ui/" }));
	expect(within.message).toContain("leads to another path");
	expect(asked).toEqual([]);
});

test.for(["<html>", "[]", "null", '"text"', '{"data":'])("an answer %s is no answer", async (body) => {
	const { message } = await complaint(await saying(200, body));
	expect(message).toContain("answers with something that is no JSON object; name Vault itself");
});

test("half an answer is no answer, whatever its length was to be", async () => {
	for (const headers of [{ "content-length": "99" }, {}]) {
		const access = await serving((_, response) => {
			response.writeHead(200, headers).write('{"data":{}}', () => response.destroy());
		});
		expect((await complaint(access)).message).toBe(
			"GET http://vault/v1/secret/data/a%2Fb: the answer broke off",
		);
	}
});

test("an answer without an end is not read to the end", async () => {
	const access = await serving((_, response) => {
		const chunk = Buffer.alloc(1024 ** 2, " ");
		const more = () => void response.write(chunk, (error) => error ?? setImmediate(more));
		more();
	});
	expect((await complaint(access)).message).toContain("answers with more than 32 MiB");
});

test("no answer, or one that stops on its way, ends in time", async () => {
	for (const begin of ["", '{"data":']) {
		const access = await serving((_, response) => {
			if (begin) response.writeHead(200).write(begin);
		});
		expect((await complaint(access, { within: 200 })).message).toBe(
			"GET http://vault/v1/secret/data/a%2Fb: no answer within 0.2 s",
		);
	}
});

test("a server that is not there is named, with what the system says", async () => {
	const gone = createServer().listen(0, "127.0.0.1");
	await once(gone, "listening");
	const { port } = gone.address() as AddressInfo;
	await new Promise((closed) => gone.close(closed));
	const of = async (at: number) => (await complaint({ address: address(at), token })).message;
	expect(await of(port)).toBe("http://vault cannot be reached: ECONNREFUSED");
	expect(await of(9)).toBe("http://vault cannot be reached: bad port");
});

test.for(["vault.example.org:8200", "", "ftp://vault", "https://me:hidden@vault.example.org"])(
	"the address %j is refused without being quoted",
	async (wrong) => {
		const error = await askVault({ address: wrong, token }, { path }).catch((caught: unknown) => caught);
		expect((error as Error).message).toMatch(/^the address of Vault .*: expected a URL without a login/);
		expect((error as Error).message).not.toContain("hidden");
	},
);

test.for(["hvs.two\nlines", "hvs.a b", "", "hvs.ü"])(
	"the token %j is refused before it is sent",
	async (odd) => {
		await expect(askVault({ address: address(9), token: odd }, { path })).rejects.toThrow(
			/^the token for Vault has spaces, line breaks or letters that no token has; log in with "vault login"$/,
		);
	},
);
