import { type Block, block, blocks, plain } from "../../world/blocks.ts";
import { camelCase } from "./kubernetes-change.ts";

/** Path of the pod template in each kind that has one. */
const templates: Readonly<Record<string, readonly string[]>> = {
	cron_job: ["spec", "job_template", "spec", "template"],
	daemon_set: ["spec", "template"],
	deployment: ["spec", "template"],
	job: ["spec", "template"],
	pod: [],
	replica_set: ["spec", "template"],
	replication_controller: ["spec", "template"],
	stateful_set: ["spec", "template"],
};

/** A pod as a plan has it, typed or in a manifest. */
export interface PodSpec {
	readonly containers: readonly { readonly name: string; readonly block: Block }[];
	/** Names of claims that it mounts. */
	readonly claims: readonly string[];
	/** Seconds that its processes get to end. */
	readonly grace: number;
	/** Seconds after which a pod that does not become ready counts as failed, or that it needs at least. */
	readonly startup: number;
}

/** The pods of an object; undefined when it has none. */
export function podSpecOf(kind: string, object: Block): PodSpec | undefined {
	const keys = templates[kind];
	if (keys === undefined || Object.keys(object).length === 0) return undefined;
	const template = keys.reduce((parent, key) => block(parent[key] ?? parent[camelCase(key)]), object);
	const spec = block(template.spec);
	const containers = blocks(spec.init_container ?? spec.initContainers, "")
		.concat(blocks(spec.container ?? spec.containers, ""))
		.map(({ block: container }) => ({ name: plain(container.name) ?? "", block: container }));
	const claims = blocks(spec.volume ?? spec.volumes, "").flatMap(({ block: volume }) => {
		const { claim_name, claimName } = block(volume.persistent_volume_claim ?? volume.persistentVolumeClaim);
		return plain(claim_name ?? claimName) ?? [];
	});
	return {
		containers,
		claims,
		grace: number(spec.termination_grace_period_seconds ?? spec.terminationGracePeriodSeconds, 30),
		startup: Math.max(0, ...containers.map(({ block: container }) => startupOf(container))),
	};
}

/** Names of the claim templates of a StatefulSet. */
export function claimTemplatesOf(object: Block): string[] {
	const { volume_claim_template, volumeClaimTemplates } = block(object.spec);
	return blocks(volume_claim_template ?? volumeClaimTemplates, "").flatMap(
		({ block: template }) => plain(block(template.metadata).name) ?? [],
	);
}

/** Defaults of a probe: period of 10 s, 3 failures. */
function startupOf(container: Block): number {
	const startup = block(container.startup_probe ?? container.startupProbe);
	const readiness = block(container.readiness_probe ?? container.readinessProbe);
	const delay = (probe: Block) => number(probe.initial_delay_seconds ?? probe.initialDelaySeconds, 0);
	const period = (probe: Block) => number(probe.period_seconds ?? probe.periodSeconds, 10);
	const failures = (probe: Block) => number(probe.failure_threshold ?? probe.failureThreshold, 3);
	const started =
		Object.keys(startup).length === 0 ? 0 : delay(startup) + period(startup) * failures(startup);
	return started + delay(readiness);
}

/** A number that providers may write as text, such as the replicas of a typed deployment. */
export function number(value: unknown, otherwise: number): number {
	const read = typeof value === "string" && value !== "" ? Number(value) : value;
	return typeof read === "number" && Number.isFinite(read) ? read : otherwise;
}
