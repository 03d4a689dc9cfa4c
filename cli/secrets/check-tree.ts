import { execFileSync } from "node:child_process";
import { lstatSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { normalize } from "node:path/posix";
import type { SecretsOfSite } from "./change-secrets.ts";
import { type SopsFile, sopsProblems } from "./sops-file.ts";

/** A file that says too much. */
export interface ClearText {
	/** Path below the root of the repository. */
	readonly file: string;
	readonly problem: string;
}

/** Files of Terraform that hold a state in the clear, whatever is in them. */
const stateNames = /^(errored\.tfstate|.*\.tfstate|.*\.tfstate\.(\d+\.)?backup|.*\.tfplan)$/;

/** What no file of a repository may have in it. */
const secretTexts: readonly (readonly [pattern: RegExp, what: string])[] = [
	[/AGE-SECRET-KEY-(PQ-)?1[02-9AC-HJ-NP-Z]{58,}/, "a private key of age"],
	[/-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s+(?:[A-Za-z0-9+/=]{40,}\s+){2,}/, "a private key"],
];

/** Bytes of the largest file that is looked into. */
const longest = 8 * 1024 ** 2;

/**
 * Finds what is in the clear, or encrypted for others than it should be, in the files of a repository: those that git has,
 * and those that `git add` would take.
 *
 * @param root of the repository
 * @param site whose files must be for its keys alone; undefined where it names none
 */
export function findClearText(root: string, site: SecretsOfSite | undefined): ClearText[] {
	return filesOf(root).flatMap((file) =>
		problemsOf(file, join(root, file), site).map((problem) => ({ file, problem })),
	);
}

function filesOf(root: string): string[] {
	const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
	const listed = execFileSync("git", args, { cwd: root, maxBuffer: 64 * 1024 ** 2 }).toString();
	return [...new Set(listed.split("\0"))].filter((file) => file !== "").sort();
}

function problemsOf(file: string, path: string, site: SecretsOfSite | undefined): string[] {
	const status = lstatSync(path, { throwIfNoEntry: false });
	if (!status?.isFile()) return [];
	if (stateNames.test(basename(file))) return ["a state or a plan of Terraform in the clear"];
	const kept = keptEncrypted(file, site);
	if (status.size > longest) return kept ? [`more than ${longest / 1024 ** 2} MiB`] : [];
	const text = readFileSync(path, "utf8");
	// Those of another site are for keys that this one does not know.
	const own = site !== undefined && [site.folder, site.states].some((folder) => isBelow(file, folder));
	const recipients = own ? site.recipients : undefined;
	if (kept) return sopsProblems({ file, text, recipients } satisfies SopsFile);
	if (isState(text)) return ["a state of Terraform in the clear"];
	return secretTexts.filter(([pattern]) => pattern.test(text)).map(([, what]) => what);
}

/** Whether a file has to be encrypted: every secret of any site but its pages, and every encrypted state. */
function keptEncrypted(file: string, site: SecretsOfSite | undefined): boolean {
	const secret = isBelow(file, "secrets") || (site !== undefined && isBelow(file, site.folder));
	return (secret && !/\.md$/.test(file)) || /\.tfstate\.enc$/.test(file);
}

const isBelow = (file: string, folder: string) => file.startsWith(`${normalize(folder).replace(/\/$/, "")}/`);

const isState = (text: string) =>
	/"lineage":\s*"[0-9a-f]{8}-[0-9a-f-]{27}"/.test(text) &&
	/"serial":\s*\d/.test(text) &&
	/"terraform_version":/.test(text);
