import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, relative, resolve } from "node:path";
import { readRegistry, registryPlace } from "../../clients/vault/load-registry.ts";
import { projectRoot } from "../../config/project-root.ts";
import { parseRegistry } from "../../config/registry/parse-registry.ts";
import type { Site } from "../../config/schema/site.ts";
import type { SiteChoice } from "../../config/site-choice.js";
import { claimOrWait, sweepClaims } from "../../engine/claim.ts";
import type { Project } from "../../engine/project.ts";
import { PolicyError } from "../../rules/finding.ts";
import { lockTextOf } from "../../stacks/write-lock-files.ts";
import { appliedRevisions } from "./applied.ts";
import { renderBase } from "./base-tree.ts";
import { besideTerraform } from "./beside-terraform.ts";
import { affectedCache, cacheKey, readCached, writeCached } from "./cache.ts";
import { type AffectedPart, type AffectedStack, compareBeside, compareStack } from "./comparison.ts";
import { git, mergeBase, type Revision, revisionOf } from "./git.ts";
import { renderedStack } from "./rendered-folder.ts";
import type { Renderings } from "./renderings.ts";

export interface AffectedOptions {
	/** Revision to compare with. @default what was last applied to a stack, else the merge base with the main branch */
	readonly base?: string | undefined;
	readonly progress: (what: string) => void;
}

export interface Affected {
	readonly site: string;
	/** Where the registry of both sides comes from. */
	readonly registry: string;
	/** Base of what has no other. */
	readonly base: Revision;
	/** Bases of the stacks that have another, by name. */
	readonly applied: Readonly<Record<string, Revision>>;
	/** Whether uncommitted changes are part of what is compared. */
	readonly uncommitted: boolean;
	readonly stacks: readonly AffectedStack[];
	readonly unaffected: readonly string[];
	/** Undefined when the base cannot tell what it renders beside Terraform. */
	readonly beside: readonly AffectedPart[] | undefined;
}

/**
 * Compares what this checkout renders, uncommitted changes included, with what a base renders from its own tree and
 * dependencies, for the same site and registry.
 *
 * @throws UsageError when there is no base, or when it cannot be built; PolicyError when this side breaks a rule
 */
export async function affected(project: Project, { base, progress }: AffectedOptions): Promise<Affected> {
	// What git is asked runs beside the building of this side.
	const asked = [git("ls-files", "-co", "--exclude-standard"), git("status", "--porcelain")] as const;
	// Awaited below; an earlier failure, such as of the site, is what is reported.
	for (const question of asked) question.catch(() => {});
	const [site, revision] = await Promise.all([
		project.loadSite(),
		base === undefined ? mergeBase() : revisionOf(base),
	]);
	const applied = base === undefined ? await appliedRevisions(site.name) : {};
	const choice = project.choice();
	const registry = await sharedRegistry(site, choice, revision);
	const head = await renderHead(project, site, registry.text, asked[0]);
	const render = (at: Revision) =>
		cachedBase(
			at,
			{ site, named: choice.site, registry: registry.shared ? registry.text : undefined },
			progress,
		);
	const before = await render(revision);
	const names = [
		...new Set([...Object.keys(head.stacks), ...Object.keys(before.stacks), ...Object.keys(applied)]),
	];
	const stacks: AffectedStack[] = [];
	for (const name of names) {
		const at = applied[name];
		const { stacks: then } = at === undefined ? before : await render(at);
		const difference = compareStack(name, then[name], head.stacks[name]);
		if (difference !== undefined) stacks.push(difference);
	}
	const changed = new Set(stacks.map(({ stack }) => stack));
	return {
		site: site.name,
		registry: registry.name,
		base: revision,
		applied,
		uncommitted: (await asked[1]) !== "",
		stacks,
		unaffected: names.filter((name) => !changed.has(name)),
		beside: compareBeside(before.beside, head.beside),
	};
}

interface SharedRegistry {
	readonly name: string;
	/** Undefined until Vault, which keeps it, was initialised. */
	readonly text: string | undefined;
	/** Whether the base gets the same text; otherwise it has a file of its own. */
	readonly shared: boolean;
}

async function sharedRegistry(
	site: Site,
	{ registryFile }: SiteChoice,
	{ commit }: Revision,
): Promise<SharedRegistry> {
	if (site.vault.phase === "server")
		return { name: "none before Vault was initialised", text: undefined, shared: false };
	const place = registryPlace(site);
	const { text } = await readRegistry(site);
	const file =
		place.kind === "file" && registryFile === undefined ? relative(projectRoot, place.file) : undefined;
	if (file !== undefined && (await git("cat-file", "-e", `${commit}:${file}`)) !== undefined)
		return { name: `${place.name}, of each side`, text, shared: false };
	return { name: `${place.name}, the same for both sides`, text, shared: true };
}

async function renderHead(
	project: Project,
	site: Site,
	registry: string | undefined,
	listed: Promise<string | undefined>,
): Promise<Renderings> {
	const parsed =
		registry === undefined
			? undefined
			: parseRegistry(registry, `registry ${registryPlace(site).name}`, Object.keys(site.virtualHosts));
	const app = await project.openApp(parsed);
	const { documents, findings } = app.check();
	const errors = findings.filter(({ severity }) => severity === "error");
	if (errors.length > 0) throw new PolicyError(errors);
	const files = new Set(((await listed) ?? "").split("\n"));
	const folders = new Set([...files].flatMap(foldersOf));
	const tracked = (path: string) => files.has(path) || folders.has(path);
	const stacks = documents.map((document) => [
		document.stack,
		renderedStack(document.json, lockTextOf(document), projectRoot, tracked),
	]);
	return { stacks: Object.fromEntries(stacks), beside: besideTerraform(site) };
}

function foldersOf(file: string): string[] {
	const steps = file.split("/").slice(0, -1);
	return steps.map((_, index) => steps.slice(0, index + 1).join("/"));
}

/** Renderings of a base, kept by content. Of two runs that need the same one, the second waits for the first. */
async function cachedBase(
	revision: Revision,
	{
		site,
		named,
		registry,
	}: { readonly site: Site; readonly named: string; readonly registry: string | undefined },
	progress: (what: string) => void,
): Promise<Renderings> {
	const cache = affectedCache();
	const own = named.includes("/") ? relative(projectRoot, resolve(named)) : undefined;
	const inTree =
		own !== undefined && (await git("cat-file", "-e", `${revision.commit}:${own}`)) !== undefined;
	const siteFile = own === undefined || inTree ? own : readFileSync(resolve(named), "utf8");
	const key = cacheKey([
		1,
		revision.tree,
		site.name,
		own === undefined ? named : siteFile,
		registry,
		process.version,
		localPlugins(),
	]);
	const kept = readCached(cache, key);
	if (kept !== undefined) return kept;
	const work = join(cache, "work");
	sweepClaims(work);
	const claim = await claimOrWait(work, key.slice(0, 16), () =>
		progress("waiting for another run that builds the same base"),
	);
	try {
		const made = readCached(cache, key);
		if (made !== undefined) return made;
		const tree = join(claim.folder, "tree");
		mkdirSync(tree);
		const text = join(claim.folder, "registry.json");
		if (registry !== undefined) writeFileSync(text, registry, { mode: 0o600 });
		const env = {
			INFRA_SITE: own === undefined ? named : inTree ? join(tree, own) : resolve(named),
			...(registry === undefined ? {} : { INFRA_REGISTRY: text }),
		};
		const renderings = await renderBase({ revision, tree, env, progress });
		writeCached(cache, key, renderings);
		return renderings;
	} finally {
		claim.release();
	}
}

/** Providers in the plugin folder of the home, which decide whether a stack's lock file has checksums. */
function localPlugins(): string[] {
	const folder = join(homedir(), ".terraform.d/plugins");
	return existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }).sort() : [];
}
