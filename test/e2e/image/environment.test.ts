import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { imageEnvironments, ownPrefix } from "../../../constructs/mail/image-environment.ts";
import type { ImageRoot } from "../../../lab/image-root.ts";
import { needs } from "../harness/needs.ts";
import { site } from "../mail/mail-harness.ts";
import { needsRoot } from "./needs-root.ts";

needs("root");

/** Names that scripts of an image read, by image: places of its scripts and of what starts its daemons. */
const places: Readonly<Record<string, readonly string[]>> = {
	[site.mail.image]: ["usr/local/bin", "etc/supervisor"],
	[site.mail.webmail.image]: ["docker-entrypoint.sh"],
};

/** What the scripts of an image read: every word in capitals, and prefixes that a daemon's file takes whole families by. */
function namesIn({ image, folder }: ImageRoot): {
	readonly words: ReadonlySet<string>;
	readonly prefixes: string[];
} {
	const find = (...args: string[]) =>
		execFileSync(
			"grep",
			["--recursive", "--only-matching", "--no-filename", ...args, ...(places[image] ?? [])],
			{
				cwd: folder,
				encoding: "utf8",
				maxBuffer: 64 * 1024 ** 2,
			},
		).split("\n");
	const words = find("--word-regexp", "-E", "[A-Z][A-Z0-9_]+");
	const prefixes = find("-P", "_by_env_in_file '\\K\\w+(?=')").filter(Boolean);
	return { words: new Set(words.flatMap((word) => [word, word.replace(/^ENV_/, "")])), prefixes };
}

function listed(image: string) {
	const [, repository = "", version = ""] = /^[^/]+\/(.*):([^:]*)$/.exec(image) ?? [];
	const environment = imageEnvironments.get(repository)?.get(version);
	if (environment === undefined) throw new Error(`nothing is listed for ${image}`);
	return environment;
}

describe.for(Object.keys(places))("the list of what %s reads", async (image) => {
	const root = await needsRoot(image);
	const { words, prefixes } = root === undefined ? { words: new Set<string>(), prefixes: [] } : namesIn(root);
	const { settings, superseded } = listed(image);

	test("names nothing that its scripts do not know", () => {
		// Some settings go as they are, without their prefix, into the file of a daemon.
		const reads = (name: string) => words.has(name) || prefixes.some((prefix) => name.startsWith(prefix));
		expect([...settings, ...superseded.keys()].filter((name) => !reads(name))).toEqual([]);
	});

	test("leaves our own prefix alone, and so does the image", () => {
		expect([...words].filter((name) => name.startsWith(ownPrefix))).toEqual([]);
	});
});

describe("the mail server's own list of its settings", async () => {
	const root = await needsRoot(site.mail.image);

	test("has nothing that ours lacks", () => {
		if (root === undefined) return;
		const { settings, superseded } = listed(site.mail.image);
		const script = execFileSync("cat", ["usr/local/bin/variables-stack.sh"], {
			cwd: root.folder,
			encoding: "utf8",
		});
		const own = [...script.matchAll(/^\s*VARS\[(\w+)\]/gm)].map(([, name = ""]) => name);
		expect(own.length).toBeGreaterThan(50);
		expect(own.filter((name) => !settings.has(name) && !superseded.has(name))).toEqual([]);
	});

	test("has every name that the stand-in takes", () => {
		const { settings, superseded } = listed(site.mail.image);
		const file = join(import.meta.dirname, "../mail/image/variables");
		const names = readFileSync(file, "utf8").match(/^[A-Z][A-Z0-9_]+/gm) ?? [];
		expect(names.length).toBeGreaterThan(15);
		expect(names.filter((name) => !settings.has(name) && !superseded.has(name))).toEqual([]);
	});
});
