/** Gitea has the API that Forgejo keeps. */
export type ForgeKind = "forgejo" | "github";

/** What the forges say differently. */
export interface Dialect {
	/** Base of the API of the forge at an address. */
	readonly api: (address: string) => string;
	/** Parameter of a list that says how many entries a page has. */
	readonly limit: string;
	/** Key of a status' state in a list of them. */
	readonly state: string;
	/** What follows `commits/<commit>/` in the question which pull requests a commit came with. */
	readonly merged: string;
	/** How a label is named in an issue that is opened. */
	readonly label: (label: Readonly<Record<string, unknown>>) => unknown;
	/** How six hexadecimal digits are written. */
	readonly color: (digits: string) => string;
}

export const dialects: Readonly<Record<ForgeKind, Dialect>> = {
	forgejo: {
		api: (address) => `${address.replace(/\/+$/, "")}/api/v1`,
		limit: "limit",
		state: "status",
		merged: "pull",
		label: ({ id }) => id,
		color: (digits) => `#${digits}`,
	},
	github: {
		api: (address) => {
			const base = address.replace(/\/+$/, "");
			// A server of one's own has its API below its own name.
			return base === "https://github.com" ? "https://api.github.com" : `${base}/api/v3`;
		},
		limit: "per_page",
		state: "state",
		merged: "pulls",
		label: ({ name }) => name,
		color: (digits) => digits,
	},
};
