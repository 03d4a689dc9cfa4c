import { type Attacker, type Call, requests } from "../attack.ts";

const prefix = "woodpecker-ci.org";
const step = (labels: Record<string, string> | undefined, serviceAccountName: string): Call => [
	"POST",
	"/api/v1/namespaces/woodpecker-infra/pods?dryRun=All",
	{
		metadata: { generateName: "wp-", ...(labels ? { labels } : {}) },
		spec: { serviceAccountName, containers: [{ name: "step", image: "docker.io/library/alpine:3.22.2" }] },
	},
];
const stamped = (event: string, branch: string, repository = "operator-infra") => ({
	[`${prefix}/event`]: event,
	[`${prefix}/commit-branch`]: branch,
	[`${prefix}/repo-full-name`]: repository,
});
const account = "infrastructure";

/** Somebody whose branch runs in the namespace of the infrastructure's pipelines. */
export const pullRequestAuthor: Attacker = {
	who: "the author of a pull request",
	attacks: [
		requests("API server", (world, [method, path, body]) => world.vault.plane.ask(method, path, body), [403])(
			"S4",
			"has a step run beside the infrastructure's, as the account that administers the cluster or any other",
			[
				step(stamped("pull_request", "main"), account),
				step(stamped("pull_request", "main"), "default"),
				step(stamped("manual", "main"), "default"),
				step(stamped("pull_request_metadata", "main"), account),
				step(stamped("push", "try-it"), account),
				step(stamped("tag", "main"), account),
				step(stamped("push", "main", "alice-shop"), account),
				step({ event: "push", "commit-branch": "main" }, account),
				step(undefined, account),
				step(stamped("push", "main"), "another"),
			],
			"while a push of the default branch runs as that account, and as the one without rights",
			[step(stamped("push", "main"), account), step(stamped("push", "main"), "default")],
		),
	],
};

const anonymousCluster = requests(
	"API server",
	(world, [method, path]) => world.anonymous(method, path),
	[401, 403],
);
const anonymousVault = requests(
	"OpenBao",
	(world, [method, at, body]) => world.atVault(undefined, method, at, body),
	[400, 403, 404, 405],
);
const get = (path: string): Call => ["GET", path];

/** Somebody on the LAN who has no login. */
export const somebodyOnTheLan: Attacker = {
	who: "somebody on the LAN",
	attacks: [
		anonymousCluster(
			"S25",
			"asks the API server without a login",
			[
				get("/api/v1/namespaces"),
				get("/api/v1/secrets"),
				get("/api/v1/namespaces/kube-public/configmaps"),
				get("/metrics"),
				get("/openapi/v2"),
				["POST", "/api/v1/namespaces/alice/pods"],
			],
			"asks whether it is well",
			[get("/livez")],
		),
		anonymousVault(
			"S25",
			"asks Vault without a login: for secrets, and to seal, unseal or start anew",
			[
				get("secret/data/platform"),
				get("sys/mounts"),
				get("sys/policies/acl"),
				["POST", "sys/seal", {}],
				["POST", "auth/kubernetes/login", { role: "ci-infra", jwt: "x" }],
				["POST", "auth/oidc/login", { role: "default", jwt: "x" }],
				["PUT", "sys/init", { secret_shares: 1, secret_threshold: 1 }],
				get("sys/host-info"),
			],
			"asks whether it is well",
			[get("sys/health")],
		),
	],
};
