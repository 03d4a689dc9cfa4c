import type { Branch } from "../../providers/schema/argument.ts";
import type { Json } from "../../world/world.ts";
import type { Reports } from "./check-arguments.ts";

/** Arguments of a block that exclude each other, which schemas do not express. */
interface Exclusion {
	/** Names of the blocks that it applies to. */
	readonly blocks: readonly string[];
	/** The arguments, or `blocks` for every nested block. It does not apply when the schema lacks one of them. */
	readonly among: "blocks" | readonly string[];
	/** Whether one of them is required. */
	readonly needed: boolean;
}

/**
 * Combinations that the kubernetes provider accepts and the API server refuses midway through an apply. Source: the
 * unions of the Kubernetes API reference (Volume, EnvVar, EnvVarSource, EnvFromSource, Probe, LifecycleHandler,
 * PodDisruptionBudgetSpec, NetworkPolicyPeer, IngressBackend).
 */
const exclusions: readonly Exclusion[] = [
	// The provider refuses both for types without a namespace; for others the second has no effect.
	{ blocks: ["metadata"], among: ["name", "generate_name"], needed: false },
	// A volume without a source is an emptyDir.
	{ blocks: ["volume"], among: "blocks", needed: false },
	{ blocks: ["persistent_volume_source"], among: "blocks", needed: true },
	{ blocks: ["env"], among: ["value", "value_from"], needed: false },
	{ blocks: ["value_from", "env_from"], among: "blocks", needed: true },
	{ blocks: ["liveness_probe", "readiness_probe", "startup_probe"], among: "blocks", needed: true },
	{ blocks: ["pre_stop", "post_start"], among: "blocks", needed: true },
	{ blocks: ["spec"], among: ["min_available", "max_unavailable"], needed: false },
	{ blocks: ["from", "to"], among: ["ip_block", "pod_selector"], needed: false },
	{ blocks: ["from", "to"], among: ["ip_block", "namespace_selector"], needed: false },
	{ blocks: ["backend", "default_backend"], among: ["service", "resource"], needed: true },
];

const byBlock = Map.groupBy(
	exclusions.flatMap((exclusion) => exclusion.blocks.map((block) => ({ block, exclusion }))),
	({ block }) => block,
);

/** Checks the exclusions of one block. `dynamic` holds blocks that an expression may generate. */
export function checkExclusions(
	values: { readonly [name: string]: Json | undefined },
	dynamic: object,
	{ name, body }: Pick<Branch, "body"> & { readonly name: string },
	at: string,
	{ error }: Reports,
): void {
	for (const { exclusion } of byBlock.get(name) ?? []) {
		const { among, needed } = exclusion;
		const isOne = (argument: string) =>
			among === "blocks" ? body.arguments.get(argument)?.block === true : among.includes(argument);
		if (among !== "blocks" && !among.every((argument) => body.arguments.has(argument))) continue;
		const given = Object.keys(values).filter((argument) => isOne(argument) && isGiven(values[argument]));
		if (given.length > 1)
			error(`${at}${given[1]}`, `excludes ${given[0]}`, `Keep one of ${given.join(", ")}.`);
		if (given.length > 0 || !needed || Object.keys(dynamic).some(isOne)) continue;
		const all = [...body.arguments.keys()].filter(isOne);
		error(at.slice(0, -1), `one of ${all.join(", ")} is needed`, "Add the one that is meant.");
	}
}

/** An empty list of blocks is no block. */
function isGiven(value: Json | undefined): boolean {
	return value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
}
