import { ownedBy } from "../../../config/registry/owner-names.ts";
import type { Site } from "../../../config/schema/site.ts";
import { type ClusterPolicy, created, inNamespaces, type PolicyRule } from "./cluster-policy.ts";

type Settings = NonNullable<Site["platform"]["policyEngine"]>;
type OwnRegistry = Site["hypervisor"]["imageRegistry"]["private"];

const reported = { failureAction: "Audit" };

/** Audited everywhere and enforced in namespaces of tenants, where the API server's own policies enforce the same. */
const refusedToTenants = {
	...reported,
	failureActionOverrides: [
		{ action: "Enforce", namespaceSelector: { matchLabels: { [ownedBy.key]: ownedBy.value } } },
	],
};

/** Names of images of the site's own registry. */
const imagesOf = ({ name, port }: OwnRegistry) => [`${name}/*`, `${name}:${port}/*`];

/** The lists of containers that a pod begins with, and the one that it gets later (`kubectl debug`). */
const lists = { created: ["initContainers", "containers"], debugged: ["ephemeralContainers"] } as const;

type List = (typeof lists)[keyof typeof lists][number];

const optional = (field: string) => `=(${field})`;

/** Names of CAP_SYS_ADMIN, and of all capabilities at once; runtimes take them with and without prefix. */
const sysAdmin = ["SYS_ADMIN", "CAP_SYS_ADMIN", "ALL", "CAP_ALL"];

/** What a guard demands of the containers of some lists: a part of Kyverno's `validate`. */
type Demand = (of: readonly List[]) => { readonly [key: string]: PolicyRule["match"] };

/** A guard on containers. */
interface Guard {
	readonly name: string;
	readonly purpose: string;
	readonly message: string;
	/** Namespaces that it leaves alone. @default none */
	readonly exempt?: readonly string[];
	readonly demand: Demand;
	/** What happens to a pod. @default refused in namespaces of tenants, reported elsewhere */
	readonly failure?: { readonly [key: string]: PolicyRule["match"] };
}

/** Policies on what pods should not do. @param ownRegistry registry of the site */
export function guardPolicies(settings: Settings, ownRegistry: OwnRegistry): readonly ClusterPolicy[] {
	const guards = containerGuards(settings, ownRegistry);
	return [
		...guards.map((guard) => ({
			name: guard.name,
			purpose: guard.purpose,
			rules: [ruleOf(guard, created("Pod"), lists.created)],
		})),
		hostNamespaces(settings.exemptions.hostNamespaces),
		{
			name: "debug-containers",
			purpose: "The same of a container that is added to a running pod",
			// Kyverno takes no rule on a subresource with it.
			background: false,
			rules: guards.map((guard) => ruleOf(guard, debugged, lists.debugged)),
		},
	];
}

function ruleOf(guard: Guard, match: PolicyRule["match"], of: readonly List[]): PolicyRule {
	const { name, message, exempt = [], demand, failure = refusedToTenants } = guard;
	return {
		name,
		match,
		...(exempt.length > 0 ? { exclude: inNamespaces(exempt) } : {}),
		validate: { ...failure, message, ...demand(of) },
	};
}

function containerGuards({ exemptions, trustedRegistries }: Settings, own: OwnRegistry): readonly Guard[] {
	const trusted = [...trustedRegistries, ...imagesOf(own)];
	return [
		{
			name: "deny-privileged-containers",
			purpose: "A privileged container owns its node",
			message: "containers must not be privileged",
			exempt: exemptions.privileged,
			demand: everyContainer({ [optional("securityContext")]: { [optional("privileged")]: "false" } }),
		},
		{
			name: "restrict-sys-admin",
			purpose: "CAP_SYS_ADMIN is most of root (capabilities(7))",
			message: "containers must not add SYS_ADMIN, alone or with ALL",
			exempt: exemptions.sysAdmin,
			demand: (of) => noContainer(added(of), sysAdmin),
		},
		{
			name: "require-trusted-registries",
			purpose: "An image from anywhere is a program from anywhere",
			message: `images come from ${trusted.join(", ")}`,
			failure: reported,
			demand: (of) => ({ foreach: of.map((list) => imagesNotIn(list, trusted)) }),
		},
	];
}

function hostNamespaces(exempt: readonly string[]): ClusterPolicy {
	const pattern = Object.fromEntries(
		["hostPID", "hostIPC", "hostNetwork"].map((field) => [optional(field), "false"]),
	);
	return {
		name: "deny-host-namespaces",
		purpose: "The node's processes and network are those of all its pods",
		rules: [
			{
				name: "deny-host-namespaces",
				match: created("Pod"),
				...(exempt.length > 0 ? { exclude: inNamespaces(exempt) } : {}),
				validate: {
					...refusedToTenants,
					message: "pods must not use the namespaces of their node",
					pattern: { spec: pattern },
				},
			},
		],
	};
}

/** A container that is added to a running pod. */
const debugged = {
	any: [{ resources: { kinds: ["Pod/ephemeralcontainers"], operations: ["UPDATE"] } }],
};

function everyContainer(requirement: PolicyRule["match"]): Demand {
	return (of) => ({
		pattern: {
			spec: Object.fromEntries(
				of.map((list) => [list === "containers" ? list : optional(list), [requirement]]),
			),
		},
	});
}

/** JMESPath of the capabilities that containers add, in upper case as runtimes read them. */
const added = (of: readonly List[]) =>
	`request.object.spec.[${of.join(", ")}][][].securityContext.capabilities.add[] | map(&to_upper(@), @)`;

function noContainer(key: string, values: readonly string[]) {
	return {
		deny: { conditions: { any: [{ key: `{{ ${key} }}`, operator: "AnyIn", value: values }] } },
	};
}

/** Refuses images of other names. One without a registry is one of docker.io. */
const imagesNotIn = (list: List, trusted: readonly string[]) => ({
	list: `request.object.spec.${list} || \`[]\``,
	deny: {
		conditions: {
			all: [{ key: "{{ image_normalize(element.image) }}", operator: "AllNotIn", value: trusted }],
		},
	},
});
