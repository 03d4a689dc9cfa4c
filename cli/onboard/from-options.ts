import type { Project } from "../../engine/project.ts";
import { PolicyError } from "../../rules/finding.ts";
import { print } from "../../terminal/output.ts";
import { ask, requireTerminal } from "../../terminal/prompt.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { entryFrom } from "../owners/entry-from-options.ts";
import { ownerResources } from "../owners/owner-resources.ts";
import { registryStore } from "../owners/registry-store.ts";
import { onboard } from "./onboard.ts";
import { previewOwner } from "./preview.ts";
import { renderIntent } from "./render-intent.ts";
import { renderWelcome } from "./welcome.ts";

/** Stacks that make something for every owner, in the order in which they are applied. */
const ownerStacks: readonly string[] = ["vault", "platform", "woodpecker"];

export interface OnboardOptions {
	readonly email?: string | undefined;
	readonly namespace: readonly string[];
	readonly domain: readonly string[];
	readonly quota: readonly string[];
	readonly set: readonly string[];
	readonly yes?: true | undefined;
	readonly dryRun?: true | undefined;
	readonly wait: string;
	readonly verbose?: true | undefined;
}

/**
 * Onboards an owner: checks the entry, shows what will be made, asks once, then applies.
 *
 * @throws ConfigError, PolicyError or UsageError before anything is written; afterwards the error of the step that
 * failed
 */
export async function onboardFromOptions(
	project: Project,
	user: string,
	options: OnboardOptions,
): Promise<void> {
	const { email, namespace, domain, quota, set, yes = false, dryRun = false, verbose = false } = options;
	const within = milliseconds(options.wait);
	const site = await project.loadSite();
	if (site.vault.phase === "server")
		throw new UsageError("vault.phase is server: there is no Vault yet that could know anybody");
	const store = registryStore(site);
	const role = "namespace-owner";
	const entry =
		email === undefined
			? undefined
			: entryFrom({ user, email, role, namespaces: namespace, domains: domain, quota, set });
	const preview = await previewOwner(store, user, entry);
	const stacks = project.catalogue.filter(({ name }) => ownerStacks.includes(name));
	const names = stacks.map(({ name }) => name);
	const { documents, findings } = (await project.openApp(preview.registry)).check();
	const errors = findings.filter(({ severity }) => severity === "error");
	if (errors.length > 0) throw new PolicyError(errors);
	print(renderIntent(preview, site, names, ownerResources(documents, preview.owner)));
	if (dryRun) {
		print("nothing was written or applied");
		return;
	}
	if (!yes) {
		requireTerminal("onboard", "--yes");
		if (!(await agreed(`Write the entry and apply ${names.join(", ")}?`)))
			throw new UsageError("not confirmed, nothing was written or applied");
	}
	const registry = await onboard({
		project,
		site,
		store,
		preview,
		stacks,
		within,
		verbose,
		confirmUnexpected: async ({ stack }, changes) => {
			print(`${stack}: the arrival of ${user} does not explain these changes:`);
			for (const { action, path, address } of changes) print(`  ${action.padEnd(7)}  ${path ?? address}`);
			return !yes && agreed(`Apply them with the rest of ${stack}?`);
		},
	});
	print(`\n${renderWelcome(site, registry, user)}`);
}

async function agreed(question: string): Promise<boolean> {
	return /^y(es)?$/i.test(await ask(`${question} (y/N) `));
}

function milliseconds(wait: string): number {
	if (!/^[1-9]\d{0,3}$/.test(wait))
		throw new UsageError(`--wait ${wait}`, "expected whole seconds, 1 to 9999");
	return Number(wait) * 1000;
}
