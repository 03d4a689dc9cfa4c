import { registryPlace } from "../../clients/vault/load-registry.ts";
import { projectRoot } from "../../config/project-root.ts";
import { parseRegistry } from "../../config/registry/parse-registry.ts";
import type { Registry } from "../../config/registry/registry.ts";
import type { Site } from "../../config/schema/site.ts";
import type { Project } from "../../engine/project.ts";
import { PolicyError } from "../../rules/finding.ts";
import type { InfraApp } from "../../stacks/infra-app.ts";
import { lockTextOf } from "../../stacks/write-lock-files.ts";
import { besideTerraform } from "./beside-terraform.ts";
import { type AffectedPart, type AffectedStack, compareBeside, compareStack } from "./comparison.ts";
import { git, type Revision } from "./git.ts";
import { type BaseOptions, openBase } from "./open-base.ts";
import { renderedStack } from "./rendered-folder.ts";
import type { Renderings } from "./renderings.ts";

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
export async function affected(project: Project, options: BaseOptions): Promise<Affected> {
	return (await openAffected(project, options)).result;
}

/** The same, with the app of this checkout, for whoever goes on with it. */
export async function openAffected(
	project: Project,
	options: BaseOptions,
): Promise<{ readonly result: Affected; readonly app: InfraApp }> {
	// What git is asked runs beside the building of this side.
	const asked = [git("ls-files", "-co", "--exclude-standard"), git("status", "--porcelain")] as const;
	// Awaited below; an earlier failure, such as of the site, is what is reported.
	for (const question of asked) question.catch(() => {});
	const { site, revision, applied, registry, render } = await openBase(project, options);
	const app = await project.openApp(parsedRegistry(site, registry.text));
	const head = await renderHead(app, asked[0]);
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
	const result = {
		site: site.name,
		registry: registry.name,
		base: revision,
		applied,
		uncommitted: (await asked[1]) !== "",
		stacks,
		unaffected: names.filter((name) => !changed.has(name)),
		beside: compareBeside(before.beside, head.beside),
	};
	return { result, app };
}

function parsedRegistry(site: Site, text: string | undefined): Registry | undefined {
	if (text === undefined) return undefined;
	return parseRegistry(text, `registry ${registryPlace(site).name}`, Object.keys(site.virtualHosts));
}

async function renderHead(
	app: InfraApp,
	listed: Promise<string | undefined>,
): Promise<Pick<Renderings, "stacks" | "beside">> {
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
	return { stacks: Object.fromEntries(stacks), beside: besideTerraform(app.site) };
}

function foldersOf(file: string): string[] {
	const steps = file.split("/").slice(0, -1);
	return steps.map((_, index) => steps.slice(0, index + 1).join("/"));
}
