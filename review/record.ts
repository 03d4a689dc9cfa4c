import { createHash } from "node:crypto";

/** A change as it is compared: the same text means the same change, secrets included. Never to be shown. */
export interface ExactChange {
	readonly stack: string;
	readonly address: string;
	/** `update`, or `delete create` for a replacement. */
	readonly actions: string;
	/** SHA-256 of everything that the plan says of the change, in hexadecimal digits. */
	readonly digest: string;
}

interface Planned {
	readonly address?: unknown;
	readonly mode?: unknown;
	readonly previous_address?: unknown;
	readonly deposed?: unknown;
	readonly change?: {
		readonly actions?: readonly unknown[];
		readonly importing?: unknown;
	};
}

/** What has been reviewed, as it is signed and published: nothing in it tells a value. */
export interface ReviewRecord {
	readonly version: 1;
	/** Commit whose plans were reviewed. */
	readonly commit: string;
	/** Last day on which it may be deployed, in UTC. */
	readonly until: string;
	/** Each reviewed stack; one without changes is there, too. */
	readonly stacks: Readonly<Record<string, ReviewedStack>>;
	/** Keyed hash of each part beside Terraform that changes, by its name. @default none */
	readonly beside?: Readonly<Record<string, string>>;
}

export interface ReviewedStack {
	/** Keyed hash of all its changes. */
	readonly hash: string;
	/** Keyed hash of each, by address; absent where they are too many to publish. */
	readonly changes?: Readonly<Record<string, string>>;
	/** Addresses whose blocking findings somebody has accepted. */
	readonly accepted: readonly string[];
}

/**
 * Everything that a plan would do, in the order of addresses: changes of resources, of outputs, and invocations of
 * actions. What differs from run to run (time, versions, what was read) is not among it.
 *
 * @param plan as `terraform show -json` prints it
 */
export function exactChanges(stack: string, plan: Readonly<Record<string, unknown>>): ExactChange[] {
	const resources = list(plan.resource_changes)
		.filter(({ change, previous_address }) => {
			const actions = change?.actions ?? [];
			const idle = actions.every((action) => action === "no-op" || action === "read");
			return !idle || change?.importing !== undefined || previous_address !== undefined;
		})
		.map(({ address, deposed, ...rest }) => ({
			address: deposed === undefined ? String(address) : `${address} (deposed ${deposed})`,
			content: rest as Planned,
		}));
	const outputs = Object.entries((plan.output_changes ?? {}) as Record<string, Planned["change"]>)
		.filter(([, change]) => change?.actions?.some((action) => action !== "no-op"))
		.map(([name, change]) => ({ address: `output.${name}`, content: { change } as Planned }));
	const invocations = list(plan.action_invocations).map((content) => ({
		address: `action ${content.address}`,
		content,
	}));
	return [...resources, ...outputs, ...invocations]
		.map(({ address, content }) => ({
			stack,
			address,
			actions: (content.change?.actions ?? []).join(" "),
			digest: digestOf(content),
		}))
		.sort((one, other) => (one.address < other.address ? -1 : 1));
}

/** SHA-256 of a list of changes, for one keyed hash of all. */
export function digestOf(value: unknown): string {
	return createHash("sha256").update(canonical(value)).digest("hex");
}

/** JSON with the keys of every object in order, so that equal values have equal texts. */
export function canonical(value: unknown): string {
	return JSON.stringify(value, (_, part: unknown) =>
		typeof part === "object" && part !== null && !Array.isArray(part)
			? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
			: part,
	);
}

/** How a change departs from the review: it was not in it, is another one, or is no longer needed. */
export interface Departure {
	readonly address: string;
	readonly how: "new" | "other" | "missing";
}

/**
 * How what a deployment would do differs from what was reviewed.
 *
 * @param planned addresses of the changes that are planned now
 * @param same those of them whose keyed hash is the reviewed one
 */
export function departures(
	{ changes = {} }: ReviewedStack,
	planned: readonly string[],
	same: ReadonlySet<string>,
): Departure[] {
	const all = [...new Set([...Object.keys(changes), ...planned])].sort();
	return all.flatMap((address): Departure[] => {
		if (!planned.includes(address)) return [{ address, how: "missing" }];
		if (!Object.hasOwn(changes, address)) return [{ address, how: "new" }];
		return same.has(address) ? [] : [{ address, how: "other" }];
	});
}

function list(value: unknown): Planned[] {
	return Array.isArray(value) ? (value as Planned[]) : [];
}
