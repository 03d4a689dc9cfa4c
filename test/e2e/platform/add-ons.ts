import { type ForeignKind, operatorKinds } from "../../../lab/foreign-kinds.ts";
import { keptProducts, labelsOf } from "../../../lab/products/kept-kinds.ts";

/** A kind of an add-on that nobody knows yet. */
const tomorrow: ForeignKind = {
	group: "tomorrow.example.org",
	version: "v1",
	kind: "Widget",
	plural: "widgets",
	scope: "Namespaced",
	versions: { v1: "stored" },
};

/** Kinds of add-ons as a cluster has them, those that the stacks write among them. */
export const addOnKinds: readonly ForeignKind[] = [...operatorKinds, tomorrow];

interface AggregatedRole {
	readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
	readonly rules: readonly {
		readonly apiGroups?: readonly string[];
		readonly resources?: readonly string[];
		readonly verbs: readonly string[];
	}[];
}

const verbs = ["create", "delete", "deletecollection", "patch", "update"];

const chartRoles: readonly AggregatedRole[] = Object.values(keptProducts).flatMap(({ roles }) =>
	roles.map((role) => ({ metadata: { name: role.name, labels: labelsOf(role) }, rules: role.rules })),
);

/** Whether no chart lets anybody but the administrator of the cluster write a kind. */
const isLeft = ({ group, plural }: ForeignKind) =>
	!chartRoles.some(({ rules }) =>
		rules.some(
			({ apiGroups = [], resources = [], verbs: granted }) =>
				apiGroups.includes(group) && resources.includes(plural) && granted.includes("create"),
		),
	);

/**
 * What add-ons aggregate into built-in roles: External Secrets and Kyverno as their charts do, and one that adds every
 * kind which those leave out.
 */
export const aggregatedRoles: readonly AggregatedRole[] = [
	...chartRoles,
	{
		metadata: {
			name: "add-on-edit",
			labels: { "rbac.authorization.k8s.io/aggregate-to-admin": "true" },
		},
		rules: addOnKinds
			.filter(isLeft)
			.map(({ group, plural }) => ({ apiGroups: [group], resources: [plural], verbs })),
	},
];
