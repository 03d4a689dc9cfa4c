import { ownedBy } from "../../../config/registry/owner-names.ts";
import type { Site } from "../../../config/schema/site.ts";
import { type ClusterPolicy, created, inNamespaces, type PolicyRule } from "./cluster-policy.ts";

type Settings = NonNullable<Site["platform"]["policyEngine"]>;

const reported = { failureAction: "Audit" };

/** Audited everywhere and enforced in namespaces of tenants, where the API server's own policies enforce the same. */
const refusedToTenants = {
	...reported,
	failureActionOverrides: [
		{ action: "Enforce", namespaceSelector: { matchLabels: { [ownedBy.key]: ownedBy.value } } },
	],
};

const optional = (field: string) => `=(${field})`;

/** Policies on what pods should not do. */
export function guardPolicies({ exemptions, trustedRegistries }: Settings): readonly ClusterPolicy[] {
	const guard = (
		name: string,
		purpose: string,
		message: string,
		exempt: readonly string[],
		pattern: PolicyRule["match"],
		failure: object = refusedToTenants,
	): ClusterPolicy => ({
		name,
		purpose,
		rules: [
			{
				name,
				match: created("Pod"),
				...(exempt.length > 0 ? { exclude: inNamespaces(exempt) } : {}),
				validate: { ...failure, message, pattern },
			},
		],
	});
	const everyContainer = (requirement: PolicyRule["match"]) => ({
		spec: { [optional("initContainers")]: [requirement], containers: [requirement] },
	});
	return [
		guard(
			"deny-privileged-containers",
			"A privileged container owns its node",
			"containers must not be privileged",
			exemptions.privileged,
			everyContainer({ [optional("securityContext")]: { [optional("privileged")]: "false" } }),
		),
		guard(
			"deny-host-namespaces",
			"The node's processes and network are those of all its pods",
			"pods must not use the namespaces of their node",
			exemptions.hostNamespaces,
			{
				spec: {
					[optional("hostPID")]: "false",
					[optional("hostIPC")]: "false",
					[optional("hostNetwork")]: "false",
				},
			},
		),
		guard(
			"restrict-sys-admin",
			"CAP_SYS_ADMIN is most of root (capabilities(7))",
			"containers must not add SYS_ADMIN",
			exemptions.sysAdmin,
			everyContainer({
				[optional("securityContext")]: {
					[optional("capabilities")]: { [optional("add")]: ["!SYS_ADMIN"] },
				},
			}),
		),
		guard(
			"require-trusted-registries",
			"An image from anywhere is a program from anywhere",
			`images come from ${trustedRegistries.join(", ")}`,
			[],
			everyContainer({ image: trustedRegistries.join(" | ") }),
			reported,
		),
	];
}
