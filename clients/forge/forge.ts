import { VisibleError } from "../../config/schema/visible-error.ts";
import {
	exchange,
	isAddress,
	isRedirection,
	isToken,
	jsonObject,
	jsonValue,
	redirectionOf,
} from "../http/exchange.ts";
import { type Dialect, dialects, type ForgeKind } from "./dialect.ts";
import {
	type Comment,
	comment,
	type Entry,
	type Issue,
	issue,
	number,
	type PullRequest,
	pullRequest,
	text,
} from "./entries.ts";

/** Which repository of which forge, and who asks. */
export interface ForgeAccess {
	readonly kind: ForgeKind;
	/** Address of the forge in a browser, such as `https://forgejo.example.org`. */
	readonly address: string;
	/** `owner/name` */
	readonly repository: string;
	readonly token: string;
}

/** What a forge knows of a commit. `pending` and `error` are no verdict. */
export interface CommitStatus {
	readonly state: "pending" | "success" | "failure" | "error";
	/** Name of the check, such as `infra/review`. */
	readonly context: string;
	/** At most 140 characters: GitHub takes no more. */
	readonly description: string;
	/** Where to read on. @default nowhere */
	readonly url?: string;
}

/** The forge has answered, and not with what it was asked for. */
export class ForgeRefusal extends VisibleError {
	override readonly name = "ForgeRefusal";
	readonly status: number;

	constructor(question: string, status: number, words: string) {
		super(`${question} answers ${status}${words === "" ? "" : ` (${words})`}${meanings[status] ?? ""}`);
		this.status = status;
	}
}

const meanings: Readonly<Record<number, string>> = {
	401: ": the token is unknown or has expired",
	403: ": the token has no right to this; see its scopes",
	404: ": there is no such thing, or the token may not see it",
};

/**
 * The API of one repository at Forgejo, Gitea or GitHub, as far as they agree. Nothing else in the project talks to a
 * forge. Every method throws ForgeRefusal for an answer that is none, and VisibleError without an answer.
 *
 * Sources: the OpenAPI documents of Gitea 1.27 and of Forgejo, and GitHub's REST API of 2022-11-28.
 */
export class Forge {
	readonly #access: ForgeAccess;
	readonly #dialect: Dialect;

	constructor(access: ForgeAccess) {
		this.#access = access;
		this.#dialect = dialects[access.kind];
		if (!isAddress(access.address))
			throw new VisibleError("the address of the forge: expected a URL without a login");
		if (!isToken(access.token))
			throw new VisibleError("the token for the forge is empty, or has spaces or letters that no token has");
		if (!/^[\w.-]+\/[\w.-]+$/.test(access.repository))
			throw new VisibleError(`the repository at the forge: expected owner/name, got ${access.repository}`);
	}

	/** Id of the account that the token belongs to. */
	async self(): Promise<number> {
		return number(await this.#ask("GET", "/user"), "id");
	}

	async pullRequest(index: number): Promise<PullRequest> {
		return pullRequest(index, await this.#ask("GET", this.#of(`pulls/${index}`)));
	}

	/** Open pull requests that are to be merged into a branch and are no drafts, oldest first. */
	async openPullRequests(branch: string): Promise<PullRequest[]> {
		const all = await this.#list(this.#of("pulls?state=open"));
		return all
			.filter((entry) => entry.draft !== true)
			.map((entry) => pullRequest(number(entry, "number"), entry))
			.filter(({ base }) => base === branch)
			.sort((one, other) => one.number - other.number);
	}

	/** The newest commits of a branch, the newest first. @param most at most 50 */
	async commitsOf(branch: string, most: number): Promise<string[]> {
		const query = `sha=${encodeURIComponent(branch)}&${this.#dialect.limit}=${most}&stat=false&files=false&verification=false`;
		const commits = jsonValue(await this.#exchange("GET", this.#of(`commits?${query}`)));
		if (!Array.isArray(commits)) throw new VisibleError("commits of the forge are no list");
		return commits.map((commit) => text(commit, "sha"));
	}

	/** Numbers of the pull requests whose merge, squash or last rebased commit is this commit. */
	async mergedAs(commit: string): Promise<number[]> {
		return (await this.#withCommit(this.#of(`commits/${commit}/${this.#dialect.merged}`)))
			.filter(({ merged_at, merge_commit_sha }) => Boolean(merged_at) && merge_commit_sha === commit)
			.map((entry) => number(entry, "number"));
	}

	/** Comments of an issue or a pull request, oldest first. */
	async comments(index: number): Promise<Comment[]> {
		return (await this.#list(this.#of(`issues/${index}/comments`))).map(comment);
	}

	async comment(index: number, body: string): Promise<Comment> {
		return comment(await this.#ask("POST", this.#of(`issues/${index}/comments`), { body }));
	}

	async editComment(id: number, body: string): Promise<void> {
		await this.#ask("PATCH", this.#of(`issues/comments/${id}`), { body });
	}

	async deleteComment(id: number): Promise<void> {
		await this.#ask("DELETE", this.#of(`issues/comments/${id}`));
	}

	async setStatus(commit: string, { url, ...status }: CommitStatus): Promise<void> {
		await this.#ask("POST", this.#of(`statuses/${commit}`), { ...status, ...(url && { target_url: url }) });
	}

	/** The newest status of each context of a commit, by context. */
	async statuses(commit: string): Promise<ReadonlyMap<string, CommitStatus["state"]>> {
		const newest = new Map<string, CommitStatus["state"]>();
		// Newest first, and Gitea's entries have `status` where GitHub's have `state`.
		for (const entry of await this.#list(this.#of(`commits/${commit}/statuses`))) {
			const context = text(entry, "context");
			if (!newest.has(context))
				newest.set(context, text(entry, this.#dialect.state) as CommitStatus["state"]);
		}
		return newest;
	}

	/** Open issues, no pull requests, that carry a label; none while nobody has made the label. */
	async openIssues(label: string): Promise<Issue[]> {
		const path = this.#of(`issues?state=open&type=issues&labels=${encodeURIComponent(label)}`);
		// A filter by a label that does not exist is ignored by Gitea: every issue comes back.
		return (await this.#list(path))
			.filter((entry) => entry.pull_request === undefined || entry.pull_request === null)
			.map(issue)
			.filter(({ labels }) => labels.includes(label));
	}

	/** Opens an issue with a label, which is made where it is missing. */
	async openIssue(title: string, body: string, label: string): Promise<Issue> {
		const labels = [await this.#labelled(label)];
		return issue(await this.#ask("POST", this.#of("issues"), { title, body, labels }));
	}

	async editIssue(
		index: number,
		change: { readonly body?: string; readonly state?: "open" | "closed" },
	): Promise<void> {
		await this.#ask("PATCH", this.#of(`issues/${index}`), change);
	}

	async #labelled(name: string): Promise<unknown> {
		const labels = await this.#list(this.#of("labels"));
		const found =
			labels.find((label) => label.name === name) ??
			(await this.#ask("POST", this.#of("labels"), { name, color: this.#dialect.color("b45309") }));
		return this.#dialect.label(found);
	}

	/** Gitea answers with the one pull request or 404, GitHub with a list, and 422 for a commit it has not seen. */
	async #withCommit(path: string): Promise<readonly Entry[]> {
		try {
			return this.#access.kind === "github" ? await this.#list(path) : [await this.#ask("GET", path)];
		} catch (error) {
			if (!(error instanceof ForgeRefusal && [404, 422].includes(error.status))) throw error;
			// Whoever may not see the repository gets the same answer.
			await this.#ask("GET", `/repos/${this.#access.repository}`);
			return [];
		}
	}

	#of(path: string): string {
		return `/repos/${this.#access.repository}/${path}`;
	}

	async #list(path: string): Promise<Entry[]> {
		const all: Entry[] = [];
		const seen = new Set<unknown>();
		const joint = path.includes("?") ? "&" : "?";
		for (let page = 1; page <= mostPages; page++) {
			const text = await this.#exchange(
				"GET",
				`${path}${joint}${this.#dialect.limit}=${pageSize}&page=${page}`,
			);
			const entries = jsonValue(text);
			if (!Array.isArray(entries)) throw new VisibleError(`GET ${path} of the forge answers with no list`);
			// Lists without pages, such as Gitea's comments, answer every page with everything.
			const fresh = (entries as Entry[]).filter(({ id }) => !seen.has(id));
			for (const entry of fresh) seen.add(entry.id);
			all.push(...fresh);
			if (fresh.length === 0 || entries.length < pageSize) return all;
		}
		throw new VisibleError(`GET ${path} of the forge has more than ${mostPages} pages`);
	}

	async #ask(method: string, path: string, body?: object): Promise<Entry> {
		const text = await this.#exchange(method, path, body);
		const object = text === "" ? {} : jsonObject(text);
		if (object === undefined)
			throw new VisibleError(`${method} ${path} of the forge answers with no JSON object`);
		return object;
	}

	async #exchange(method: string, path: string, body?: object): Promise<string> {
		const { token } = this.#access;
		const url = `${this.#dialect.api(this.#access.address)}${path}`;
		const shown = `${method} ${url}`;
		const { status, headers, text } = await exchange({
			url,
			method,
			shown,
			within: 30_000,
			headers: {
				authorization: `token ${token}`,
				accept: "application/json",
				"content-type": "application/json",
				"user-agent": "infra",
			},
			...(body !== undefined && { body: JSON.stringify(body) }),
		});
		if (isRedirection(status))
			throw new VisibleError(`${shown} leads to ${redirectionOf(headers)}, and the token does not follow`);
		if (status >= 200 && status < 300) return text;
		const { message } = jsonObject(text) ?? {};
		throw new ForgeRefusal(
			shown,
			status,
			typeof message === "string" ? message.replaceAll(token, "<token>") : "",
		);
	}
}

/** Gitea grants no more, and says so nowhere in the answer. */
const pageSize = 50;
const mostPages = 200;
