import { defined } from "../../../config/schema/defined.ts";
import type { PlannedStack } from "../../../review/finding-class.ts";
import type { ResourceChange, TerraformPlan } from "../../../review/plan/plan-json.ts";
import { summarizePlan } from "../../../review/plan/plan-summary.ts";
import type { World } from "../../../world/world.ts";
import { worldOf } from "../../policy/world.ts";

type Value = Readonly<Record<string, unknown>> | null;

/** An update of a resource, as Terraform's plan has it. */
export function update(address: string, before: Value, after: Value, more: object = {}): ResourceChange {
	return resource(address, ["update"], { before, after, ...more });
}

export function create(address: string, after: Value): ResourceChange {
	return resource(address, ["create"], { before: null, after });
}

export function destroy(address: string, before: Value = {}): ResourceChange {
	return resource(address, ["delete"], { before, after: null });
}

export function replace(address: string, before: Value, after: Value, more: object = {}): ResourceChange {
	return resource(address, ["delete", "create"], { before, after, ...more });
}

export function resource(address: string, actions: readonly string[], change: object = {}): ResourceChange {
	return { address, mode: "managed", type: address.split(".")[0] ?? "", change: { actions, ...change } };
}

type Parts = Partial<Pick<PlannedStack, "before" | "after" | "warnings" | "errors" | "live" | "served">> &
	TerraformPlan;

/** The stack `first` with a plan, in a world that is empty where none is given. */
export function planned({
	before,
	after = worldOf({}),
	warnings = [],
	errors = [],
	live,
	served,
	...plan
}: Parts): PlannedStack {
	const paths = new Map(pathsOf(after));
	const summary = summarizePlan("first", plan, (address) => paths.get(address));
	return { summary, warnings, errors, before, after, ...defined({ live, served }) };
}

function pathsOf({ stacks }: World): [string, string][] {
	return stacks.flatMap(({ resources }) =>
		resources.map(({ address, path }): [string, string] => [address, path]),
	);
}

/** Metadata and specification as a plan of a typed resource has them. */
export function typed(name: string, spec: object, more: object = {}): Readonly<Record<string, unknown>> {
	return { metadata: [{ name, namespace: "shop" }], spec: [spec], ...more };
}

interface PodParts {
	readonly image?: string;
	readonly claims?: readonly string[];
	readonly probe?: object;
	readonly grace?: number;
}

/** A workload as a plan of a typed resource has it. */
export function workload(
	name: string,
	{ image = "docker.io/library/web:1.2.3", claims = [], probe, grace = 30 }: PodParts,
	spec: object = {},
): Readonly<Record<string, unknown>> {
	const container = [{ name: "main", image, startup_probe: probe === undefined ? [] : [probe] }];
	const volume = claims.map((claim_name) => ({
		name: claim_name,
		persistent_volume_claim: [{ claim_name }],
	}));
	const pod = { container, init_container: [], volume, termination_grace_period_seconds: grace };
	return typed(name, {
		replicas: "1",
		...spec,
		template: [{ metadata: [{ labels: { app: name } }], spec: [pod] }],
	});
}

export function manifest(object: object): { readonly manifest: object } {
	return { manifest: object };
}
