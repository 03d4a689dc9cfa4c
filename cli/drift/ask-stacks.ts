import { VisibleError } from "../../config/schema/visible-error.ts";
import { planStack } from "../../engine/plan/plan-stack.ts";
import type { WorkingDirectory } from "../../engine/working-directory.ts";
import { textOf } from "../../review/catalogue/plan-failed.ts";
import { interruption } from "../../terminal/interruption.ts";
import { pooled } from "../../terminal/pool.ts";
import { TerraformError } from "../../terminal/terraform-error.ts";
import type { World } from "../../world/world.ts";
import { withAuthors } from "./ask-authors.ts";
import { askCluster, itemsOf } from "./ask-cluster.ts";
import { classifyPlan } from "./classify-plan.ts";
import { nameOf } from "./compare-objects.ts";
import { releaseDrift, releasesOf } from "./release-drift.ts";
import { withSources } from "./sources/ask-sources.ts";
import { type StackDrift, worstFirst } from "./stack-drift.ts";
import { inventoriedKinds, ownNamespaces, unmanagedIn } from "./unmanaged-objects.ts";

/** Concurrent plans, as of `infra plan`. */
const atOnce = 2;

/**
 * Asks every stack what was changed outside of the code. One that cannot be asked is no reason to stop: its report says
 * why.
 *
 * @param onFailure called with each error that kept a stack from being asked
 * @throws Interrupted
 */
export async function askStacks(
	stacks: readonly WorkingDirectory[],
	world: World,
	onFailure: (error: unknown) => void,
): Promise<StackDrift[]> {
	const reports: StackDrift[] = [];
	for (const result of pooled(atOnce, stacks, (stack) => askAll(stack, world))) {
		const settled = await result;
		interruption.throwIfAborted();
		if (settled.status === "rejected") throw settled.reason;
		const { report, failure } = settled.value;
		if (failure !== undefined) onFailure(failure);
		reports.push(report);
	}
	return reports;
}

/** Asks by a plan, and whatever else knows something about the stack, even where no plan can be made. */
async function askAll(
	stack: WorkingDirectory,
	world: World,
): Promise<{ readonly report: StackDrift; readonly failure?: unknown }> {
	try {
		const { report, planned } = await stack.held(() => ask(stack, world));
		return { report: await withSources(report, world, planned) };
	} catch (failure) {
		interruption.throwIfAborted();
		const report = notAsked(stack.document.stack, reasonsOf(failure));
		return { report: await withSources(report, world, undefined), failure };
	}
}

interface Planned {
	readonly report: StackDrift;
	/** Addresses of the changes of the plan. */
	readonly planned: ReadonlySet<string>;
}

async function ask(stack: WorkingDirectory, world: World): Promise<Planned> {
	const { summary, warnings } = await planStack(stack, { look: false });
	const report = classifyPlan({ summary, warnings, errors: [], before: undefined, after: world });
	const drifted = await withAuthors(world.site, report.drifted, summary.drift ?? []);
	const planned = new Set(summary.changes.map(({ address }) => address));
	const whole = await withUnmanaged(await withReleases({ ...report, drifted }, world, planned), world);
	return { report: whole, planned };
}

/** Adds what Helm has installed, which Terraform does not see. */
async function withReleases(
	report: StackDrift,
	world: World,
	planned: ReadonlySet<string>,
): Promise<StackDrift> {
	const releases: Pick<StackDrift, "drifted" | "errors">[] = [];
	for (const release of releasesOf(world, report.stack))
		releases.push(await releaseDrift(world.site, release, planned.has(release.address)));
	return {
		...report,
		drifted: worstFirst([...report.drifted, ...releases.flatMap(({ drifted }) => drifted)]),
		errors: [...report.errors, ...releases.flatMap(({ errors }) => errors)],
	};
}

/** Adds what is in namespaces of the stack without the code. */
async function withUnmanaged(report: StackDrift, world: World): Promise<StackDrift> {
	const releases = world.stacks.flatMap(({ stack }) => releasesOf(world, stack));
	const unmanaged: string[] = [];
	const errors: string[] = [];
	for (const namespace of ownNamespaces(world, report.stack))
		try {
			const get = ["get", inventoriedKinds.join(), `--namespace=${namespace}`, "--output=json"];
			const objects = itemsOf(await askCluster(world.site, get));
			unmanaged.push(...unmanagedIn(world, namespace, objects, releases).map(nameOf));
		} catch (error) {
			interruption.throwIfAborted();
			errors.push(`namespace ${namespace}: ${(error as Error).message}`);
		}
	return { ...report, unmanaged: unmanaged.sort(), errors: [...report.errors, ...errors] };
}

/** The report on a stack about which nothing is known. */
export function notAsked(stack: string, errors: readonly string[]): StackDrift {
	return { stack, drifted: [], tolerated: [], unmanaged: [], undeployed: 0, errors, sources: [] };
}

function reasonsOf(error: unknown): string[] {
	if (error instanceof TerraformError) {
		const { diagnostics } = error.failure;
		return diagnostics.length === 0 ? [error.message] : diagnostics.map(textOf);
	}
	return [error instanceof VisibleError ? error.message : `a defect of infra: ${String(error)}`];
}
