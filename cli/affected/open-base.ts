import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, relative, resolve } from "node:path";
import { readRegistry, registryPlace } from "../../clients/vault/load-registry.ts";
import { projectRoot } from "../../config/project-root.ts";
import type { Site } from "../../config/schema/site.ts";
import type { SiteChoice } from "../../config/site-choice.js";
import { claimOrWait, sweepClaims } from "../../engine/claim.ts";
import type { Project } from "../../engine/project.ts";
import { readDocument, type World } from "../../world/world.ts";
import { appliedRevisions } from "./applied.ts";
import { renderBase } from "./base-tree.ts";
import { affectedCache, cacheKey, readCached, writeCached } from "./cache.ts";
import { git, mergeBase, type Revision, revisionOf } from "./git.ts";
import type { Renderings } from "./renderings.ts";

export interface BaseOptions {
	/** Revision to compare with. @default what was last applied to a stack, else the merge base with the main branch */
	readonly base?: string | undefined;
	readonly progress: (what: string) => void;
}

/** What a checkout is compared with. */
export interface Base {
	readonly site: Site;
	/** Base of what has no other. */
	readonly revision: Revision;
	/** Bases of the stacks that have another, by name. */
	readonly applied: Readonly<Record<string, Revision>>;
	readonly registry: SharedRegistry;
	/** Renders one of them, for the same site and registry. @throws UsageError when it cannot be built */
	readonly render: (at: Revision) => Promise<Renderings>;
}

/** Finds what this checkout is compared with. @throws UsageError when there is nothing */
export async function openBase(project: Project, { base, progress }: BaseOptions): Promise<Base> {
	const [site, revision] = await Promise.all([
		project.loadSite(),
		base === undefined ? mergeBase() : revisionOf(base),
	]);
	const applied = base === undefined ? await appliedRevisions(site.name) : {};
	const choice = project.choice();
	const registry = await sharedRegistry(site, choice, revision);
	const text = registry.shared ? registry.text : undefined;
	const render = (at: Revision) => cachedBase(at, { site, named: choice.site, registry: text }, progress);
	return { site, revision, applied, registry, render };
}

/**
 * The world as it was before: every stack as it was last deployed where that is known, else as in the base.
 *
 * @returns undefined when the base is too old to tell its site
 * @throws UsageError as openBase and when a base cannot be built
 */
export async function baseWorld(project: Project, options: BaseOptions): Promise<World | undefined> {
	const { revision, applied, render } = await openBase(project, options);
	const rendered = await render(revision);
	if (rendered.site === undefined) return undefined;
	const stacks = [];
	for (const name of new Set([...Object.keys(rendered.stacks), ...Object.keys(applied)])) {
		const at = applied[name];
		const { stacks: then } = at === undefined ? rendered : await render(at);
		if (then[name] !== undefined) stacks.push(readDocument(name, then[name].document));
	}
	// Its own code has validated it; what another revision lacks is for whoever reads it to bear.
	return { site: rendered.site as unknown as Site, stacks, beside: rendered.beside };
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
		2,
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
