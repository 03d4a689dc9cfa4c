/** One generated part of the documentation. */
export interface Generated {
	/** Path from the root of the repository. */
	readonly file: string;
	/** Name of the block between markers; without one the whole file is generated. */
	readonly block?: string;
	/** Markdown. What it needs is loaded when it is rendered. */
	readonly render: () => string | Promise<string>;
}

/** Everything that `infra docs` writes. */
export const generated: readonly Generated[] = [
	{
		file: "docs/reference/rules.md",
		render: async () => (await import("../../constructs/policy/render-rules.ts")).renderRules(),
	},
];
