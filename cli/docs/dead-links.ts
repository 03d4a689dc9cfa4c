import { existsSync } from "node:fs";
import { glob, readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import Slugger from "github-slugger";
import { marked, type Token } from "marked";

const repository = fileURLToPath(new URL("../..", import.meta.url));

export interface DeadLink {
	/** Page that holds it, from the root of the repository. */
	readonly page: string;
	readonly target: string;
	readonly why: string;
}

interface Page {
	/** Targets of links and images. */
	readonly targets: readonly string[];
	/** What an address can name in it, as the forge makes it of the headings. */
	readonly anchors: ReadonlySet<string>;
}

/**
 * Relative links of the README and of all pages below `docs/` that lead to no file, or to no heading of a page. Links
 * with a scheme are not followed.
 *
 * @param root the repository
 */
export async function deadLinks(root = repository): Promise<DeadLink[]> {
	const dead: DeadLink[] = [];
	const pages = new Map<string, Page>();
	const read = async (file: string) => {
		const page = pages.get(file) ?? readPage(await readFile(file, "utf8"));
		pages.set(file, page);
		return page;
	};
	for await (const name of glob(["README.md", "docs/**/*.md"], { cwd: root })) {
		const file = join(root, name);
		for (const target of (await read(file)).targets) {
			if (/^([a-z][a-z0-9+.-]*:|\/\/)/i.test(target)) continue;
			const [path = "", anchor] = decodeURI(target).split("#");
			const to = path === "" ? file : join(dirname(file), path);
			const why = relative(root, to).startsWith("..")
				? "outside of the repository"
				: !existsSync(to)
					? "there is no such file"
					: anchor !== undefined && !(to.endsWith(".md") && (await read(to)).anchors.has(anchor))
						? "there is no such heading"
						: undefined;
			if (why !== undefined) dead.push({ page: name, target, why });
		}
	}
	return dead;
}

function readPage(text: string): Page {
	const targets: string[] = [];
	const anchors = new Set<string>();
	const slugger = new Slugger();
	marked.walkTokens(marked.lexer(text), (token) => {
		if (token.type === "link" || token.type === "image") targets.push(token.href);
		if (token.type === "heading") anchors.add(slugger.slug(plainText(token.tokens ?? [])));
		if (token.type === "html")
			for (const [, id = ""] of token.text.matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(id);
	});
	return { targets, anchors };
}

/** What a reader sees of a heading. */
function plainText(tokens: readonly Token[]): string {
	return tokens
		.map((token) =>
			"tokens" in token && token.tokens !== undefined
				? plainText(token.tokens)
				: "text" in token
					? token.text
					: "",
		)
		.join("");
}
