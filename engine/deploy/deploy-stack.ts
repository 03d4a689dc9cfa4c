import { styleText } from "node:util";
import { defined } from "../../config/schema/defined.ts";
import type { Duration } from "../../config/schema/duration.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { dataLosses } from "../../review/plan/data-losses.ts";
import type { PlannedChange } from "../../review/plan/plan-summary.ts";
import { print } from "../../terminal/output.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { plural } from "../../world/plural.ts";
import { creationsOfNew } from "../begun-creations.ts";
import { halfMade } from "../live/half-made.ts";
import { planStack, type StackPlan } from "../plan/plan-stack.ts";
import { renderPlan } from "../plan/render-plan.ts";
import { requireConfirmedLosses, requireKnownActions } from "../plan/require-confirmed.ts";
import { alertsNow } from "../verify/alerts.ts";
import { requireWell } from "../verify/require-well.ts";
import type { WorkingDirectory } from "../working-directory.ts";
import { ApplyProgress } from "./apply-progress.ts";
import { keepUnfinished } from "./keep-unfinished.ts";

export interface DeployOptions {
	/** Destroy the stack instead of applying it. */
	readonly destroy: boolean;
	/** Show counts instead of arguments. */
	readonly short: boolean;
	/** Addresses of objects whose destruction is confirmed. */
	readonly confirmDestroy: readonly string[];
	/**
	 * Plan again after the apply, and fail unless nothing is left to do; then look at what runs, also when there was nothing
	 * to apply. @default false
	 */
	readonly verify?: boolean;
	/** How long workloads may take to roll out, when verified. @default {@link rolloutTime} */
	readonly within?: Duration;
	/** Decides whether the plan that was shown may be applied. */
	readonly confirm: (plan: StackPlan) => Promise<boolean>;
	/** Called with the progress of the apply, when one begins. @default nothing */
	readonly onApply?: ((progress: ApplyProgress) => void) | undefined;
	/** Called when the stack is as the code has it. @default nothing */
	readonly onDeployed?: ((stack: string) => Promise<unknown>) | undefined;
}

/**
 * Plans a stack, shows the plan, asks, and applies exactly that plan.
 *
 * @throws UsageError when data would be lost without confirmation, the plan has unknown actions, or the answer is no
 * @throws TerraformError after printing what was applied and what was not
 * @throws VisibleError when the stack is to be verified, and a second plan is not empty
 * @throws NotWell when it is to be verified, and what runs is not well or cannot be asked
 */
export async function deployStack(stack: WorkingDirectory, options: DeployOptions): Promise<void> {
	const verify = options.verify === true && !options.destroy;
	const before = await stack.held(async () => {
		const planned = options.destroy ? { destroy: true } : { prepare: keepUnfinished };
		const plan = await planStack(stack, planned);
		const { changes, summary } = plan;
		print(renderPlan(plan, { short: options.short }));
		if (!changes) return undefined;
		requireKnownActions(summary);
		requireConfirmedLosses(dataLosses(summary, stack.document), options.confirmDestroy);
		if (!(await options.confirm(plan)))
			throw new UsageError(`stack ${summary.stack}: not confirmed, nothing was applied`);
		const alerts = verify ? await alertsNow(stack.world.site) : undefined;
		await removeRemains(stack, plan);
		await apply(stack, plan, options);
		if (verify) await requireNothingLeft(stack, options);
		return alerts;
	});
	// Not while the stack is held: a rollout takes its time, and needs no state.
	if (verify) await requireWell(stack, { ...defined({ within: options.within }), before });
	await options.onDeployed?.(stack.document.stack);
}

/** Removes what an apply that was cut off has made the half of, after another look at it. */
async function removeRemains(stack: WorkingDirectory, { summary, live }: StackPlan): Promise<void> {
	const remains = summary.changes.filter(({ address }) => live?.begun?.halfMade.includes(address));
	for (const change of remains) {
		const half = halfMade(change, stack);
		if (half === undefined || !(await half.found())) continue;
		await half.remove();
		print(styleText("dim", `  removed ${change.path ?? change.address}: its creation was cut off halfway`));
	}
}

async function apply(stack: WorkingDirectory, plan: StackPlan, { onApply }: DeployOptions): Promise<void> {
	const { summary } = plan;
	const ofNew = creationsOfNew(plan);
	const progress = new ApplyProgress(summary, (address) => stack.pathOf(address));
	onApply?.(progress);
	try {
		await stack.apply((event) => {
			const { type, hook } = event;
			if (type === "apply_start" && hook !== undefined && ofNew.has(hook.resource.addr))
				stack.begun.add(hook.resource.addr);
			const line = progress.lineFor(event);
			if (line !== undefined) print(line);
		});
	} catch (error) {
		stack.begun.remove(addressesOf(progress.applied));
		print(`${styleText("bold", summary.stack)}  ${renderHalt(progress)}`);
		throw error;
	}
	stack.begun.remove(addressesOf(summary.changes));
	print(`${styleText("bold", summary.stack)}  applied, ${plural(summary.changes.length, "change")}`);
}

const addressesOf = (changes: readonly PlannedChange[]) => changes.map(({ address }) => address);

/** What is still to be done right after an apply never ends, or was undone by somebody else. */
async function requireNothingLeft(stack: WorkingDirectory, { short }: DeployOptions): Promise<void> {
	const again = await planStack(stack);
	const name = styleText("bold", again.summary.stack);
	if (!again.changes) return print(`${name}  verified, a second plan has nothing to do`);
	print(renderPlan(again, { short }));
	throw new VisibleError(
		`stack ${again.summary.stack}: applied, and a second plan is not empty: a value that changes with every plan, or somebody who changes it back`,
	);
}

/** Report of an apply that stopped: what was applied and what was not. */
export function renderHalt({ applied, open }: ApplyProgress): string {
	return [
		`stopped: ${applied.length} of ${plural(applied.length + open.length, "change")} applied, not applied:`,
		...open.map(({ action, address, path }) => `  ${action.padEnd(7)}  ${path ?? address}`),
	].join("\n");
}
