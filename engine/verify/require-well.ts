import { styleText } from "node:util";
import { hostsWithLogin } from "../../clients/ingress/hosts-with-login.ts";
import { type Duration, formatDuration, minutes } from "../../config/schema/duration.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { NotWell } from "../../terminal/not-well.ts";
import { print, printProgress } from "../../terminal/output.ts";
import { plural } from "../../world/plural.ts";
import type { World } from "../../world/world.ts";
import type { WorkingDirectory } from "../working-directory.ts";
import { alertsNow, alertText, type KnownAlerts, newAlerts } from "./alerts.ts";
import { lookForLogins } from "./logins.ts";
import { quoted } from "./pod-trouble.ts";
import { rollingObjects } from "./rolling-objects.ts";
import { type ObjectRollout, watchRollouts } from "./watch-rollouts.ts";

/** How long workloads may take to roll out, unless it is said otherwise. */
export const rolloutTime = minutes(5);

export interface WellOptions {
	/** How long workloads may take to roll out. @default {@link rolloutTime} */
	readonly within?: Duration;
	/** Alerts from before the apply. @default alerts are not asked, since nothing was applied */
	readonly before?: KnownAlerts | undefined;
}

/**
 * Looks at what runs of a stack after it was applied, and prints what was found.
 *
 * @throws NotWell when something is not well, or could not be asked
 */
export async function requireWell(
	{ document, world }: WorkingDirectory,
	{ within = rolloutTime, before }: WellOptions = {},
): Promise<void> {
	const name = document.stack;
	const own = { site: world.site, stacks: [document] };
	await requireRollouts(name, own, within);
	await requireLogins(name, own);
	if (before !== undefined) requireQuiet(name, before, await alertsNow(world.site));
}

/** @throws NotWell when an alert fires that did not before */
function requireQuiet(stack: string, before: KnownAlerts, now: KnownAlerts): void {
	if ("unknown" in before || "unknown" in now) {
		const when = "unknown" in before ? "before" : "after";
		const why = [before, now].flatMap((known) => ("unknown" in known ? known.unknown : []))[0];
		print(`  not asked  alerts ${when} the apply${quoted(why)}`);
		return;
	}
	const { firing, pending } = newAlerts(before.alerts, now.alerts);
	for (const alert of pending) print(`  pending  ${alertText(alert)}`);
	for (const alert of firing) print(`  fires  ${alertText(alert)}`);
	if (firing.length > 0)
		throw new NotWell(
			`stack ${stack}: applied, and ${firing.length === 1 ? "an alert fires" : `${firing.length} alerts fire`} that did not before`,
			"unwell",
		);
	print(`${styleText("bold", stack)}  verified, no alert fires that did not before`);
}

/** @throws NotWell when a host with a login is open, or not served */
async function requireLogins(stack: string, world: World): Promise<void> {
	const hosts = hostsWithLogin(world);
	if (hosts.length === 0) return;
	const { guarded, wrong, unknown } = await lookForLogins(hosts);
	for (const { host, path, met, detail } of wrong) print(`  ${met}  ${host}${path}${quoted(detail)}`);
	for (const { host, path, detail } of unknown) print(`  not known  ${host}${path}${quoted(detail)}`);
	const all = `${guarded.length} of ${plural(guarded.length + wrong.length + unknown.length, "path")}`;
	const silent = unknown.length === 0 ? "" : `, ${unknown.length} not known from here`;
	if (wrong.length > 0)
		throw new NotWell(
			`stack ${stack}: applied, and ${all} with a login ask for it, ${wrong.length} do not${silent}`,
			"unwell",
		);
	print(
		`${styleText("bold", stack)}  ${guarded.length === 0 ? "not verified" : "verified"}, ${all} with a login ask for it${silent}`,
	);
}

/** @throws NotWell */
async function requireRollouts(stack: string, world: World, within: Duration): Promise<void> {
	const { known, unnamed } = rollingObjects(world);
	const objects = plural(known.length, "workload");
	for (const address of unnamed) print(`  not asked  ${address}: only Terraform knows its name`);
	if (known.length > 0) {
		printProgress(`${stack}: waits up to ${formatDuration(within)} until ${objects} are rolled out`);
		const rollouts = await watch(stack, world, known, within);
		for (const rollout of rollouts) if (rollout.why !== "") print(`  ${lineOf(rollout)}`);
		const open = rollouts.filter(({ state }) => state !== "done");
		if (open.length > 0)
			throw new NotWell(
				`stack ${stack}: applied, and ${open.length} of ${objects} not rolled out within ${formatDuration(within)}`,
				"unwell",
			);
		print(`${styleText("bold", stack)}  verified, ${objects} rolled out`);
	}
	if (unnamed.length > 0)
		throw new NotWell(
			`stack ${stack}: applied, and ${plural(unnamed.length, "workload")} could not be asked whether they run`,
			"unasked",
		);
}

async function watch(
	stack: string,
	world: World,
	known: Parameters<typeof watchRollouts>[1],
	within: Duration,
) {
	try {
		return await watchRollouts(world.site, known, { within });
	} catch (error) {
		if (!(error instanceof VisibleError)) throw error;
		throw new NotWell(
			`stack ${stack}: applied, and not known to run, for the cluster could not be asked: ${error.message}`,
			"unasked",
		);
	}
}

function lineOf({ object: { kind, namespace, name }, state, why }: ObjectRollout): string {
	const words = { done: "note   ", waiting: "waiting", failed: "failed " };
	return `${words[state]}  ${kind} ${namespace}/${name}: ${why}`;
}
