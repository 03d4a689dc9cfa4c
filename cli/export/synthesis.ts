import { isAbsolute, relative, resolve, sep } from "node:path";
import { projectRoot } from "../../config/project-root.ts";
import { outputFolder, type SiteChoice } from "../../config/site-choice.js";
import { UsageError } from "../../terminal/usage-error.ts";

/** What another engine has to do to get the stacks that this command would write. */
export interface Synthesis {
	/** Folder that receives them, relative to the repository. */
	readonly output: string;
	/** Command that writes them, run in the root of a fresh clone. */
	readonly command: string;
	/** Files of the choice, relative to the repository. */
	readonly files: readonly string[];
}

/** @throws UsageError when something that was chosen is outside the repository: nobody else has it */
export function synthesisOf(choice: SiteChoice): Synthesis {
	const { site, registryFile, outdir } = choice;
	const siteFile = site.includes("/") ? inRepository(resolve(site), "the site") : undefined;
	const registry =
		registryFile === undefined ? undefined : inRepository(resolve(projectRoot, registryFile), "the registry");
	const output =
		outdir === undefined ? outputFolder(choice) : inRepository(resolve(outdir), "the output folder");
	const variables = [
		...(registry === undefined ? [] : [`INFRA_REGISTRY=${quoted(registry)}`]),
		// The name of a site's own folder has the place of its file in it, which differs between clones.
		...(outdir === undefined && siteFile === undefined ? [] : [`CDKTF_OUTDIR=${quoted(output)}`]),
	];
	const chosen = siteFile === undefined ? site : `./${siteFile}`;
	return {
		output,
		command: ["npm ci &&", ...variables, `npx infra --site ${quoted(chosen)} synth`].join(" "),
		files: [siteFile, registry].filter((file) => file !== undefined),
	};
}

/** @param path absolute */
function inRepository(path: string, what: string): string {
	const within = relative(projectRoot, path);
	if (within === "" || isAbsolute(within) || within.split(sep)[0] === "..")
		throw new UsageError(
			`${what} ${path} is outside the repository, where another engine does not find it`,
			"name one below the folder of the repository",
		);
	return within.split(sep).join("/");
}

/** A word of a shell's command line. */
function quoted(word: string): string {
	return /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
