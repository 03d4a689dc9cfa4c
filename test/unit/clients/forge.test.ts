import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, onTestFinished, test } from "vitest";
import { dialects } from "../../../clients/forge/dialect.ts";
import { Forge, ForgeRefusal } from "../../../clients/forge/forge.ts";
import { keepComment } from "../../../clients/forge/standing-comment.ts";
import { VisibleError } from "../../../config/schema/visible-error.ts";

const token = "token-of-a-test";

interface Asked {
	readonly method: string;
	readonly url: URL;
	readonly body: Record<string, unknown>;
	readonly headers: IncomingMessage["headers"];
}
type Answer = readonly [status: number, body: unknown, headers?: Record<string, string>];

/** A forge on loopback that answers as told. What real ones say is in the end-to-end tests. */
async function forge(answer: (asked: Asked) => Answer, kind: "forgejo" | "github" = "forgejo") {
	const asked: Asked[] = [];
	const server = createServer(async (request, response) => {
		const body = await text(request);
		const { method = "", headers } = request;
		const one = {
			method,
			headers,
			url: new URL(request.url ?? "", "http://forge"),
			body: JSON.parse(body || "{}"),
		};
		asked.push(one);
		const [status, value, more = {}] = answer(one);
		response.writeHead(status, more).end(typeof value === "string" ? value : JSON.stringify(value));
	}).listen(0, "127.0.0.1");
	await once(server, "listening");
	onTestFinished(() => {
		server.closeAllConnections();
		server.close();
	});
	const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
	return { asked, forge: new Forge({ kind, address, repository: "team/infra", token }) };
}

const many = (count: number) =>
	Array.from({ length: count }, (_, id) => ({ id, user: { id: 7 }, body: `comment ${id}` }));

test.for([
	["forgejo", "https://forge.example.org/", "https://forge.example.org/api/v1"],
	["github", "https://github.com", "https://api.github.com"],
	["github", "https://ghe.example.org", "https://ghe.example.org/api/v3"],
] as const)("the API of %s at %s is %s", ([kind, address, api]) => {
	expect(dialects[kind].api(address)).toBe(api);
});

describe("a list", () => {
	test("is read to its last page", async () => {
		const all = many(123);
		const { forge: one, asked } = await forge(({ url }) => {
			const page = Number(url.searchParams.get("page"));
			return [200, all.slice((page - 1) * 50, page * 50)];
		});
		expect(await one.comments(1)).toHaveLength(123);
		expect(asked).toHaveLength(3);
	});

	test("without pages is read once, however long it is", async () => {
		const { forge: one } = await forge(() => [200, many(170)]);
		expect(await one.comments(1)).toHaveLength(170);
	});

	test("of issues has only those with the label, and no pull request", async () => {
		const issue = { user: { id: 7 }, title: "t", body: null };
		const { forge: one } = await forge(() => [
			200,
			[
				{ ...issue, id: 1, number: 1, labels: [{ name: "drift" }] },
				{ ...issue, id: 2, number: 2, labels: [] },
				{ ...issue, id: 3, number: 3, labels: [{ name: "drift" }], pull_request: { url: "x" } },
			],
		]);
		expect((await one.openIssues("drift")).map(({ number }) => number)).toEqual([1]);
	});
});

test("an issue is opened with a label that is made first, each forge in its own way", async () => {
	for (const [kind, label, color] of [
		["forgejo", 5, "#b45309"],
		["github", "drift", "b45309"],
	] as const) {
		const { forge: one, asked } = await forge(({ method, url }) => {
			if (method === "GET") return [200, [{ id: 4, name: "Drift" }]];
			if (url.pathname.endsWith("/labels")) return [201, { id: 5, name: "drift" }];
			return [201, { id: 9, number: 3, user: { id: 7 }, title: "t", body: "b", labels: [{ name: "drift" }] }];
		}, kind);
		expect((await one.openIssue("t", "b", "drift")).number).toBe(3);
		expect(asked.slice(1).map(({ body }) => body)).toEqual([
			{ name: "drift", color },
			{ title: "t", body: "b", labels: [label] },
		]);
	}
});

describe("the pull request that was merged as a commit", () => {
	const merged = { merged_at: "2026-01-01T00:00:00Z", merge_commit_sha: "c" };

	test("is one of GitHub's list, and none that only contains the commit or is open", async () => {
		const { forge: one, asked } = await forge(
			() => [
				200,
				[
					{ ...merged, id: 1, number: 1, merge_commit_sha: "later" },
					{ ...merged, id: 2, number: 2, merged_at: null },
					{ ...merged, id: 3, number: 3 },
				],
			],
			"github",
		);
		expect(await one.mergedAs("c")).toEqual([3]);
		expect(asked[0]?.url.pathname).toBe("/api/v3/repos/team/infra/commits/c/pulls");
	});

	test("is none where the forge knows none, and an error where it shows no repository", async () => {
		for (const [status, kind] of [
			[404, "forgejo"],
			[422, "github"],
		] as const) {
			const known = await forge(
				({ url }) => (url.pathname.endsWith("/infra") ? [200, {}] : [status, {}]),
				kind,
			);
			expect(await known.forge.mergedAs("c")).toEqual([]);
			const hidden = await forge(() => [404, {}], kind);
			await expect(hidden.forge.mergedAs("c")).rejects.toThrow(ForgeRefusal);
		}
		const down = await forge(() => [500, {}]);
		await expect(down.forge.mergedAs("c")).rejects.toThrow("500");
	});
});

test("the newest status of a context counts", async () => {
	const { forge: one } = await forge(() => [
		200,
		[
			{ id: 3, context: "infra/review", status: "success" },
			{ id: 2, context: "infra/review", status: "failure" },
			{ id: 1, context: "other", status: "pending" },
		],
	]);
	expect([...(await one.statuses("abc"))]).toEqual([
		["infra/review", "success"],
		["other", "pending"],
	]);
});

test.for<[what: string, answer: Answer, message: RegExp]>([
	[
		"a refusal",
		[403, { message: `no scope for ${token}` }],
		/answers 403 \(no scope for <token>\): .*scopes/,
	],
	["nothing there", [404, { message: "" }], /answers 404: there is no such thing/],
	[
		"a redirection",
		[302, "", { location: "https://elsewhere.example.org/?x=1" }],
		/leads to https:\/\/elsewhere.example.org, and/,
	],
	["a page of HTML", [200, "<html>"], /answers with no JSON object/],
	["an answer without what it should have", [200, { login: "bot" }], /has no id/],
])("%s is an error that says so, without the token", async ([, answer, message]) => {
	const { forge: one } = await forge(() => answer);
	const error = await one.self().catch((caught: unknown) => caught);
	expect(error).toBeInstanceOf(VisibleError);
	expect(error instanceof ForgeRefusal).toBe(answer[0] >= 400);
	expect((error as Error).message).toMatch(message);
	expect((error as Error).message).not.toContain(token);
});

test.for([
	[{ address: "ftp://forge" }, /the address of the forge/],
	[{ address: "https://user:word@forge" }, /the address of the forge/],
	[{ repository: "infra" }, /expected owner\/name, got infra/],
	[{ repository: "a/b/c" }, /expected owner\/name/],
	[{ token: "" }, /the token for the forge is empty/],
	[{ token: "a\nb" }, /the token for the forge/],
] as const)("%j is refused before anything is asked", ([access, message]) => {
	const sound = { kind: "forgejo", address: "https://forge", repository: "a/b", token } as const;
	expect(() => new Forge({ ...sound, ...access })).toThrow(message);
});

describe("the comment that is kept", () => {
	const marker = "<!-- test -->";

	/** Comments of a pull request that several accounts write into. */
	async function thread(comments: { id: number; user: { id: number }; body: string }[], intruder = false) {
		let next = 100;
		return forge(({ method, url, body }) => {
			const id = Number(url.pathname.split("/").at(-1));
			if (url.pathname.endsWith("/user")) return [200, { id: 7 }];
			if (method === "GET") return [200, comments];
			if (method === "POST") {
				if (intruder) comments.push({ id: next++, user: { id: 7 }, body: `${marker}\nof another run` });
				const made = { id: next++, user: { id: 7 }, body: String(body.body) };
				comments.push(made);
				return [201, made];
			}
			const at = comments.findIndex((comment) => comment.id === id);
			if (method === "DELETE") comments.splice(at, 1);
			else comments[at] = { ...comments[at], body: String(body.body) } as (typeof comments)[number];
			return [200, {}];
		});
	}

	test("is written once, edited, and left alone when nothing has changed", async () => {
		const comments = [{ id: 1, user: { id: 8 }, body: `${marker}\nof a stranger` }];
		const { forge: one } = await thread(comments);
		expect(await keepComment(one, 1, `${marker}\none`)).toBe("written");
		expect(await keepComment(one, 1, `${marker}\none`)).toBe("unchanged");
		expect(await keepComment(one, 1, `${marker}\ntwo`)).toBe("edited");
		expect(comments.map(({ body }) => body)).toEqual([`${marker}\nof a stranger`, `${marker}\ntwo`]);
	});

	test("is the same for a forge that writes line ends in its own way", async () => {
		const { forge: one } = await thread([{ id: 1, user: { id: 7 }, body: `${marker}\r\none\r\n` }]);
		expect(await keepComment(one, 1, `${marker}\none`)).toBe("unchanged");
	});

	test("stays one when two runs write it at once", async () => {
		const comments: { id: number; user: { id: number }; body: string }[] = [];
		const { forge: one } = await thread(comments, true);
		expect(await keepComment(one, 1, `${marker}\nours`)).toBe("edited");
		expect(comments.map(({ body }) => body)).toEqual([`${marker}\nours`]);
	});

	test("of ours that only quotes the marker is another one", async () => {
		const comments = [{ id: 1, user: { id: 7 }, body: `see ${marker}` }];
		const { forge: one } = await thread(comments);
		expect(await keepComment(one, 1, `${marker}\none`)).toBe("written");
	});
});
