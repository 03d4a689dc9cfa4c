import { kvAddress } from "../../clients/vault/load-registry.ts";
import type { Registry } from "../../config/registry/registry.ts";
import type { Site } from "../../config/schema/site.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { deployStack } from "../../engine/deploy/deploy-stack.ts";
import { openStacks } from "../../engine/open-stacks.ts";
import type { Project } from "../../engine/project.ts";
import type { WorkingDirectory } from "../../engine/working-directory.ts";
import type { PlannedChange, PlanSummary } from "../../review/plan/plan-summary.ts";
import type { StackFacts } from "../../stacks/declaration.ts";
import { changeRegistry } from "../owners/change-registry.ts";
import type { RegistryStore } from "../owners/registry-store.ts";
import type { Preview } from "./preview.ts";
import { runSteps, type Step } from "./run-steps.ts";
import { unexpectedChanges } from "./unexpected-changes.ts";
import { verification } from "./verification.ts";

export interface OnboardProps {
	readonly project: Project;
	readonly site: Site;
	readonly store: RegistryStore;
	readonly preview: Preview;
	/** Stacks to apply, in order. */
	readonly stacks: readonly StackFacts[];
	/** Timeout in milliseconds of each verification. */
	readonly within: number;
	readonly verbose: boolean;
	/** Asks about changes of a plan that are not due to the new owner. */
	readonly confirmUnexpected: (summary: PlanSummary, changes: readonly PlannedChange[]) => Promise<boolean>;
}

/**
 * Writes the entry, applies the stacks and verifies the result from outside; stops at the first failure and says what
 * is done. Repeated, it changes nothing that is there already.
 *
 * @returns the registry with the new owner
 */
export async function onboard(props: OnboardProps): Promise<Registry> {
	const { project, site, store, preview, stacks, within, verbose } = props;
	const { owner, edit, isNew } = preview;
	let { registry } = preview;
	let folders: readonly WorkingDirectory[] = [];
	const writing: Step = {
		outcome: `${owner.key} is in the registry ${store.name}`,
		run: async () => {
			if (isNew) registry = (await changeRegistry(store, { edit, confirmedNamespaces: [] })).after;
			// Built from the registry as written: another administrator may have added an owner since the preview.
			folders = await openStacks(await project.openApp(registry), stacks, { verbose });
		},
	};
	const applying = stacks.map(
		({ name }): Step => ({
			outcome: `stack ${name} is applied`,
			run: async () => {
				const folder = folders.find(({ document }) => document.stack === name);
				if (folder === undefined) throw new VisibleError(`stack ${name} was not synthesised`);
				await deployStack(folder, {
					destroy: false,
					short: true,
					confirmDestroy: [],
					confirm: async ({ summary }) => {
						const unexplained = unexpectedChanges(summary, owner);
						return unexplained.length === 0 || props.confirmUnexpected(summary, unexplained);
					},
				});
			},
		}),
	);
	const names = stacks.map(({ name }) => name);
	const vault = () => kvAddress(site, owner.key);
	await runSteps([writing, ...applying, ...verification({ site, owner, stacks: names, vault, within })]);
	return registry;
}
