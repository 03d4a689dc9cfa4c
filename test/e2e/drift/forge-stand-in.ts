import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

interface StoredIssue {
	readonly id: number;
	readonly number: number;
	readonly user: { readonly id: number };
	readonly title: string;
	body: string;
	state: string;
	readonly labels: readonly { readonly id: number; readonly name: string }[];
}

/**
 * The issues of one repository as Gitea 1.27 keeps them, in memory: a filter by a label that does not exist is ignored,
 * a change answers 201. It serves the command as a process; the client itself is tried on the product.
 */
export class ForgeStandIn {
	readonly issues: StoredIssue[] = [];
	readonly comments: string[] = [];
	/** Every request that changed something. */
	readonly changes: string[] = [];
	readonly #labels: { readonly id: number; readonly name: string }[] = [];
	readonly #server: Server;

	private constructor() {
		this.#server = createServer(async (request, response) => {
			const { method = "", url = "" } = request;
			const body = JSON.parse((await text(request)) || "{}");
			const [status, answer] = this.#answer(method, new URL(url, "http://forge"), body);
			response.writeHead(status).end(JSON.stringify(answer));
		});
	}

	static async start(): Promise<ForgeStandIn> {
		const forge = new ForgeStandIn();
		forge.#server.listen(0, "127.0.0.1");
		await once(forge.#server, "listening");
		return forge;
	}

	get address(): string {
		return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
	}

	stop(): void {
		this.#server.closeAllConnections();
		this.#server.close();
	}

	/** An issue of somebody, with the label of that name. */
	open(user: number, { title = "", body = "" }, labels: readonly number[]): StoredIssue {
		const number = this.issues.length + 1;
		const named = this.#labels.filter(({ id }) => labels.includes(id));
		const issue = { id: 100 + number, number, user: { id: user }, title, body, state: "open", labels: named };
		this.issues.push(issue);
		return issue;
	}

	#answer(method: string, url: URL, body: Body): [number, unknown] {
		const path = url.pathname.replace(/^\/api\/v1/, "");
		if (method !== "GET") this.changes.push(`${method} ${path.replace(/^\/repos\/[^/]+\/[^/]+/, "")}`);
		if (path === "/user") return [200, { id: 7 }];
		const [, what = "", number, of] =
			/^\/repos\/[^/]+\/[^/]+\/(\w+)(?:\/(\d+))?(?:\/(\w+))?$/.exec(path) ?? [];
		if (what === "labels") return this.#answerLabels(method, body);
		const issue = this.issues.find((one) => String(one.number) === number);
		if (method === "GET") return [200, this.#find(url.searchParams)];
		if (number === undefined) return [201, this.open(7, body, body.labels ?? [])];
		if (issue === undefined) return [404, { message: "no such issue" }];
		if (of === "comments") {
			this.comments.push(body.body ?? "");
			return [201, { id: this.comments.length, user: { id: 7 }, body: body.body }];
		}
		Object.assign(issue, body);
		return [201, issue];
	}

	#answerLabels(method: string, { name = "" }: Body): [number, unknown] {
		if (method === "GET") return [200, this.#labels];
		this.#labels.push({ id: this.#labels.length + 1, name });
		return [201, this.#labels.at(-1)];
	}

	#find(query: URLSearchParams): StoredIssue[] {
		const label = this.#labels.find(({ name }) => name === query.get("labels"));
		if (query.get("page") !== "1") return [];
		return this.issues.filter(
			({ state, labels }) =>
				state === query.get("state") && (label === undefined || labels.some(({ id }) => id === label.id)),
		);
	}
}

interface Body {
	readonly title?: string;
	readonly body?: string;
	readonly name?: string;
	readonly labels?: readonly number[];
}
