import { VisibleError } from "../../config/schema/visible-error.ts";

export interface PullRequest {
	readonly number: number;
	/** Description in Markdown; empty where there is none. */
	readonly body: string;
	/** Commit at the head of its branch. */
	readonly head: string;
	/** Branch that it is to be merged into. */
	readonly base: string;
}

export interface Comment {
	readonly id: number;
	readonly author: number;
	readonly body: string;
}

export interface Issue {
	readonly number: number;
	readonly author: number;
	readonly title: string;
	readonly body: string;
	readonly labels: readonly string[];
}

/** What a forge says of one thing. */
export type Entry = Readonly<Record<string, unknown>>;

export function pullRequest(index: number, { body, head, base }: Entry): PullRequest {
	return {
		number: index,
		body: typeof body === "string" ? body : "",
		head: text(head, "sha"),
		base: text(base, "ref"),
	};
}

export function comment(entry: Entry): Comment {
	return { id: number(entry, "id"), author: number(entry.user, "id"), body: text(entry, "body") };
}

export function issue(entry: Entry): Issue {
	const labels = Array.isArray(entry.labels) ? entry.labels : [];
	return {
		number: number(entry, "number"),
		author: number(entry.user, "id"),
		title: text(entry, "title"),
		body: typeof entry.body === "string" ? entry.body : "",
		labels: labels.map((label) => text(label, "name")),
	};
}

export function number(entry: unknown, key: string): number {
	const value = (entry as Entry | null | undefined)?.[key];
	if (typeof value !== "number") throw new VisibleError(`an answer of the forge has no ${key}`);
	return value;
}

export function text(entry: unknown, key: string): string {
	const value = (entry as Entry | null | undefined)?.[key];
	if (typeof value !== "string") throw new VisibleError(`an answer of the forge has no ${key}`);
	return value;
}
