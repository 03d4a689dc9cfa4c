import { stackOf, worldOf } from "../../../policy/world.ts";
import { planned } from "../planned.ts";
import type { ClassCases } from "./class-cases.ts";

const binding = (...subjects: string[]) =>
	worldOf(
		stackOf({
			kubernetes_cluster_role_binding_v1: {
				metadata: [{ name: "admins" }],
				role_ref: [{ api_group: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" }],
				subject: subjects.map((name) => ({ api_group: "rbac.authorization.k8s.io", kind: "User", name })),
			},
		}),
	);
const of = (
	before: ReturnType<typeof binding> | undefined,
	after: ReturnType<typeof binding>,
	stack = "first",
) => {
	const one = planned({ before, after });
	return { ...one, summary: { ...one.summary, stack } };
};

export const exposure: ClassCases = {
	finds: {
		"somebody becomes administrator": {
			planned: of(binding("ann"), binding("ann", "eve")),
			findings: ["danger: user eve may do everything in the cluster"],
		},
		"somebody no longer is one": {
			planned: of(binding("ann", "eve"), binding("ann")),
			findings: ["notice: user eve may no longer do everything in the cluster"],
		},
	},
	passes: {
		"the order of subjects changes": of(binding("ann", "eve"), binding("eve", "ann")),
		"another stack is planned": of(binding("ann"), binding("ann", "eve"), "second"),
		"what was there before is not known": of(undefined, binding("ann")),
	},
};
