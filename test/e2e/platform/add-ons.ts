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

const kindsOf = (names: Readonly<Record<string, string>>, of: string, version: string): ForeignKind[] =>
	Object.entries(names).map(([plural, kind]) => ({
		group: of,
		version,
		kind,
		plural,
		scope: plural.startsWith("cluster") ? "Cluster" : "Namespaced",
	}));

/** Kinds of add-ons as a cluster has them, beside those that the stacks write. */
export const addOnKinds: readonly ForeignKind[] = [
	...kindsOf(externalSecrets, group, "v1alpha1"),
	...kindsOf({ clusterexternalsecrets: "ClusterExternalSecret" }, group, "v1alpha1"),
	...kindsOf(generatorKinds, generators, "v1alpha1"),
	...kindsOf({ ingressroutes: "IngressRoute", middlewares: "Middleware" }, "traefik.io", "v1alpha1"),
	...kindsOf({ widgets: "Widget" }, "tomorrow.example.org", "v1"),
];

const verbs = ["create", "delete", "deletecollection", "patch", "update"];
const role = (name: string, rules: readonly { apiGroups: [string]; resources: readonly string[] }[]) => ({
	metadata: { name, labels: { "rbac.authorization.k8s.io/aggregate-to-admin": "true" } },
	rules: rules.map((rule) => ({ ...rule, verbs })),
});

/** What add-ons aggregate into the built-in role `admin`: External Secrets as its chart does, and one of tomorrow. */
export const aggregatedRoles = [
	role("external-secrets-edit", [
		{ apiGroups: [group], resources: Object.keys(externalSecrets) },
		{ apiGroups: [generators], resources: Object.keys(generatorKinds) },
	]),
	role("add-on-edit", [
		{ apiGroups: ["traefik.io"], resources: ["ingressroutes", "middlewares"] },
		{ apiGroups: ["tomorrow.example.org"], resources: ["widgets"] },
	]),
];
