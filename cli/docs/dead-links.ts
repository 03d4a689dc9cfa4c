import { existsSync } from "node:fs";
import { glob, readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import Slugger from "github-slugger";
import { marked, type Token } from "marked";
import { projectRoot } from "../../config/project-root.ts";

export interface DeadLink {
	/** Page that holds it, from the root of the repository. */
	readonly page: string;
	readonly target: string;
	readonly why: string;
}

interface Page {
	/** Targets of links and images. */
	readonly targets: readonly string[];
	/** Anchors of its headings, as the forge makes them. */
	readonly anchors: ReadonlySet<string>;
}

/** Folders whose comments cite the documentation. */
const code =
	"{*.ts,{cli,clients,config,constructs,engine,lab,providers,rules,stacks,terminal,world}/**/*.{ts,js,sh,py}}";
const citation = /\bdocs\/(?:decisions|reference|runbooks)\/[\w/-]+\.md(?:#[\w-]+)?/g;

/**
 * Relative links of the pages at the root and below `docs/`, and citations in the code, that lead to no file, or to no
 * heading of a page. Links with a scheme are not followed.
 *
 * @param root the repository
 */
export async function deadLinks(root = projectRoot): Promise<DeadLink[]> {
	const pages = new Map<string, Page>();
	const read = async (file: string) => {
		const page = pages.get(file) ?? readPage(await readFile(file, "utf8"));
		pages.set(file, page);
		return page;
	};
	/** @param from folder that a relative target begins at */
	const whyDead = async (file: string, from: string, target: string) => {
		const [path = "", anchor] = decodeURI(target).split("#");
		const to = path === "" ? file : join(from, path);
		if (relative(root, to).startsWith("..")) return "outside of the repository";
		if (!existsSync(to)) return "there is no such file";
		const found = anchor === undefined || (to.endsWith(".md") && (await read(to)).anchors.has(anchor));
		return found ? undefined : "there is no such heading";
	};
	const dead: DeadLink[] = [];
	const look = async (page: string, from: string, targets: Iterable<string>) => {
		for (const target of targets) {
			const why = await whyDead(join(root, page), from, target);
			if (why !== undefined) dead.push({ page, target, why });
		}
	};
	for await (const name of glob(["*.md", "docs/**/*.md"], { cwd: root })) {
		const file = join(root, name);
		const { targets } = await read(file);
		await look(
			name,
			dirname(file),
			targets.filter((target) => !/^([a-z][a-z0-9+.-]*:|\/\/)/i.test(target)),
		);
	}
	for await (const name of glob(code, { cwd: root, exclude: ["**/lib/**"] })) {
		const text = await readFile(join(root, name), "utf8");
		await look(name, root, text.match(citation) ?? []);
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

/** Text of a heading without its markup. */
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
