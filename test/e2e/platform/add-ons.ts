import type { ForeignKind } from "../../../lab/foreign-kinds.ts";

const group = "external-secrets.io";
const generators = "generators.external-secrets.io";

/** Kinds that the chart of External Secrets 0.20.4 lets every `admin` of a namespace write, by plural. */
const externalSecrets = {
	externalsecrets: "ExternalSecret",
	secretstores: "SecretStore",
	clustersecretstores: "ClusterSecretStore",
	pushsecrets: "PushSecret",
	clusterpushsecrets: "ClusterPushSecret",
};

/** Its generators, which are granted in the same way. */
const generatorKinds = {
	acraccesstokens: "ACRAccessToken",
	cloudsmithaccesstokens: "CloudsmithAccessToken",
	clustergenerators: "ClusterGenerator",
	ecrauthorizationtokens: "ECRAuthorizationToken",
	fakes: "Fake",
	gcraccesstokens: "GCRAccessToken",
	githubaccesstokens: "GithubAccessToken",
	quayaccesstokens: "QuayAccessToken",
	passwords: "Password",
	sshkeys: "SSHKey",
	vaultdynamicsecrets: "VaultDynamicSecret",
	webhooks: "Webhook",
	grafanas: "Grafana",
	generatorstates: "GeneratorState",
	mfas: "MFA",
	uuids: "UUID",
};

/** Kinds of Kyverno 1.19 that its chart lets every `admin` of a namespace write, by plural; those of a group together. */
const kyvernoKinds = {
	"kyverno.io": {
		version: "v2",
		kinds: { cleanuppolicies: "CleanupPolicy", updaterequests: "UpdateRequest" },
	},
	"policies.kyverno.io": {
		version: "v1",
		kinds: {
			deletingpolicies: "DeletingPolicy",
			generatingpolicies: "GeneratingPolicy",
			imagevalidatingpolicies: "ImageValidatingPolicy",
			mutatingpolicies: "MutatingPolicy",
			namespaceddeletingpolicies: "NamespacedDeletingPolicy",
			namespacedgeneratingpolicies: "NamespacedGeneratingPolicy",
			namespacedimagevalidatingpolicies: "NamespacedImageValidatingPolicy",
			namespacedmutatingpolicies: "NamespacedMutatingPolicy",
			namespacedvalidatingpolicies: "NamespacedValidatingPolicy",
			policyexceptions: "PolicyException",
			validatingpolicies: "ValidatingPolicy",
		},
	},
	"reports.kyverno.io": {
		version: "v1",
		kinds: { clusterephemeralreports: "ClusterEphemeralReport", ephemeralreports: "EphemeralReport" },
	},
	"wgpolicyk8s.io": {
		version: "v1alpha2",
		kinds: { clusterpolicyreports: "ClusterPolicyReport", policyreports: "PolicyReport" },
	},
} as const;

/** Kinds of Kyverno that are of the whole cluster, though their names do not begin with it. */
const ofCluster = [
	"DeletingPolicy",
	"GeneratingPolicy",
	"ImageValidatingPolicy",
	"MutatingPolicy",
	"ValidatingPolicy",
];

const kindsOf = (names: Readonly<Record<string, string>>, of: string, version: string): ForeignKind[] =>
	Object.entries(names).map(([plural, kind]) => ({
		group: of,
		version,
		kind,
		plural,
		scope: plural.startsWith("cluster") || ofCluster.includes(kind) ? "Cluster" : "Namespaced",
	}));

/** Kinds of add-ons as a cluster has them, beside those that the stacks write. */
export const addOnKinds: readonly ForeignKind[] = [
	...kindsOf(externalSecrets, group, "v1alpha1"),
	...kindsOf({ clusterexternalsecrets: "ClusterExternalSecret" }, group, "v1alpha1"),
	...kindsOf(generatorKinds, generators, "v1alpha1"),
	...kindsOf({ policies: "Policy" }, "kyverno.io", "v1"),
	...Object.entries(kyvernoKinds).flatMap(([of, { version, kinds }]) => kindsOf(kinds, of, version)),
	...kindsOf({ ingressroutes: "IngressRoute", middlewares: "Middleware" }, "traefik.io", "v1alpha1"),
	...kindsOf({ widgets: "Widget" }, "tomorrow.example.org", "v1"),
];

const verbs = ["create", "delete", "deletecollection", "patch", "update"];
type Rule = { apiGroups: [string]; resources: readonly string[] };
const role = (name: string, rules: readonly Rule[], granted = verbs) => ({
	metadata: { name, labels: { "rbac.authorization.k8s.io/aggregate-to-admin": "true" } },
	rules: rules.map((rule) => ({ ...rule, verbs: granted })),
});

const kyvernoRole = (name: string, ...rules: readonly Rule[]) =>
	role(`kyverno:rbac:admin:${name}`, rules, ["create", "delete", "get", "list", "patch", "update", "watch"]);
const kyvernoRule = (of: keyof typeof kyvernoKinds): Rule => ({
	apiGroups: [of],
	resources: Object.keys(kyvernoKinds[of].kinds),
});

/** What add-ons aggregate into the built-in role `admin`: External Secrets and Kyverno as their charts do, and one of tomorrow. */
export const aggregatedRoles = [
	role("external-secrets-edit", [
		{ apiGroups: [group], resources: Object.keys(externalSecrets) },
		{ apiGroups: [generators], resources: Object.keys(generatorKinds) },
	]),
	kyvernoRole(
		"policies",
		{
			apiGroups: ["kyverno.io"],
			resources: ["cleanuppolicies", "clustercleanuppolicies", "clusterpolicies", "policies"],
		},
		kyvernoRule("policies.kyverno.io"),
	),
	kyvernoRole("policyreports", kyvernoRule("wgpolicyk8s.io")),
	kyvernoRole("reports", kyvernoRule("reports.kyverno.io")),
	kyvernoRole("updaterequests", { apiGroups: ["kyverno.io"], resources: ["updaterequests"] }),
	role("add-on-edit", [
		{ apiGroups: ["traefik.io"], resources: ["ingressroutes", "middlewares"] },
		{ apiGroups: ["tomorrow.example.org"], resources: ["widgets"] },
	]),
];
