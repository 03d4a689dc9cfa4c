import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { repository, type TestForge } from "./test-forge.ts";

interface Comment {
	readonly id: number;
	readonly user: { readonly id: number };
	body: string;
}

interface PullRequest {
	readonly sha: string;
	body: string;
	merged?: string;
	readonly comments: Comment[];
}

const accounts: Readonly<Record<string, number>> = { "token-of-the-robot": 1, "token-of-the-author": 2 };

/** Answers as Gitea does what a review asks for. The tests that use it run against Gitea as well. */
export class ForgeStandIn implements TestForge {
	readonly robot = { token: "token-of-the-robot" };
	readonly author = { token: "token-of-the-author" };
	readonly #server = createServer((request, response) => void this.#answer(request, response));
	readonly #pulls: PullRequest[] = [];
	readonly #statuses = new Map<string, object[]>();
	/** Commits of the main branch, the newest first. */
	readonly #main: string[] = [];
	#last = 0;

	static async start(): Promise<ForgeStandIn> {
		const forge = new ForgeStandIn();
		forge.#server.listen(0, "127.0.0.1");
		await once(forge.#server, "listening");
		return forge;
	}

	get address(): string {
		return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
	}

	async open(description: string) {
		const commit = createHash("sha1").update(String(this.#pulls.length)).digest("hex");
		this.#pulls.push({ sha: commit, body: description, comments: [] });
		return { number: this.#pulls.length, commit };
	}

	async describe(number: number, description: string): Promise<void> {
		const pull = this.#pulls[number - 1];
		if (pull) pull.body = description;
	}

	async merge(number: number): Promise<string> {
		const commit = await this.push();
		const pull = this.#pulls[number - 1];
		if (pull) pull.merged = commit;
		return commit;
	}

	async push(): Promise<string> {
		const commit = createHash("sha1")
			.update(`main ${++this.#last}`)
			.digest("hex");
		this.#main.unshift(commit);
		return commit;
	}

	async stop(): Promise<void> {
		this.#server.closeAllConnections();
		this.#server.close();
	}

	async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const sent = JSON.parse((await text(request)) || "{}");
		const user = accounts[request.headers.authorization?.replace(/^token /, "") ?? ""];
		const say = (status: number, value: unknown) => response.writeHead(status).end(JSON.stringify(value));
		if (user === undefined) return void say(401, { message: "invalid username, password or token" });
		const path = new URL(request.url ?? "", this.address).pathname.replace("/api/v1", "");
		const below = path.replace(`/repos/${repository}/`, "");
		const [kind, name = "", ...rest] = below.split("/");
		if (path === `/repos/${repository}`) return void say(200, {});
		if (path === "/user") return void say(200, { id: user });
		if (path === below) return void say(404, { message: "not found" });
		if (kind === "statuses") return void say(201, this.#addStatus(name, sent));
		if (kind === "commits" && rest[0] === "pull") {
			const index = this.#pulls.findIndex(({ merged }) => merged === name);
			if (index < 0) return void say(404, { message: "not found" });
			return void say(200, { number: index + 1, merged_at: "2026-01-01T00:00:00Z", merge_commit_sha: name });
		}
		if (kind === "commits" && name === "")
			return void say(
				200,
				this.#main.map((sha) => ({ sha })),
			);
		if (kind === "commits") return void say(200, this.#statuses.get(name) ?? []);
		if (kind === "issues" && name === "comments")
			return void say(200, this.#edit(Number(rest[0]), sent.body));
		const pull = this.#pulls[Number(name) - 1];
		if (pull === undefined) return void say(404, { message: "not found" });
		if (kind === "pulls")
			return void say(200, { body: pull.body, head: { sha: pull.sha }, base: { ref: "main" } });
		if (request.method === "GET") return void say(200, pull.comments);
		const comment = { id: ++this.#last, user: { id: user }, body: sent.body };
		pull.comments.push(comment);
		say(201, comment);
	}

	#addStatus(commit: string, { state, ...rest }: { readonly state: string }): object {
		const status = { id: ++this.#last, status: state, ...rest };
		this.#statuses.set(commit, [status, ...(this.#statuses.get(commit) ?? [])]);
		return status;
	}

	#edit(id: number, body: string): object {
		const comment = this.#pulls.flatMap(({ comments }) => comments).find((one) => one.id === id);
		if (comment) comment.body = body;
		return comment ?? {};
	}
}
