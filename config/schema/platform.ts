import { cronSchedule } from "./cron.ts";
import { image, ipv4, label } from "./primitives.ts";
import { word } from "./texts.ts";
import { versionedKey } from "./vault.ts";
import { z } from "./zod.ts";

const prefix = z
	.string()
	.regex(
		/^[a-z]+:$/,
		"expected a prefix such as oidc: without which a name could be one of the system's own",
	);

/** How the API server authenticates users, beside `newcomer.oidc`, and what it audits. */
const apiServer = z.strictObject({
	usernamePrefix: prefix.describe("Before the e-mail address, in every binding"),
	groupsPrefix: prefix.describe("Before the groups of the identity provider: `system:masters` must stay out"),
	audit: z.strictObject({
		days: z.int().min(1),
		files: z.int().min(1),
		megabytes: z.int().min(1).describe("Size of a file"),
	}),
	etcdSnapshotCount: z
		.int()
		.min(1000)
		.describe("Writes between two snapshots; fewer snapshots spare the disk"),
});

const tunnel = z.strictObject({
	image,
	replicas: z.int().min(2),
	origin: ipv4.describe("Address of the ingress controller, where every host is served"),
	token: versionedKey.describe("Key of the tunnel's credentials"),
});

const policyEngine = z.strictObject({
	untouchedNamespaces: z
		.array(label)
		.describe(
			"Namespaces that no policy looks at: the engine must never stand in the way of its own cluster",
		),
	tierLabelExceptions: z.array(label).describe("Namespaces whose workloads keep the labels they have"),
	exemptions: z.strictObject({
		privileged: z.array(label),
		hostNamespaces: z.array(label),
		sysAdmin: z.array(label),
	}),
	trustedRegistries: z.array(word).min(1).describe("Patterns of image names"),
	waitImage: image.describe("Container that waits for a dependency"),
	cleanupSchedule: cronSchedule.describe("When failed pods are removed"),
});

/** Rights of users, limits of tenants, and the tunnel from the Internet. */
export const platform = z.strictObject({
	apiServer,
	ownersSeeWorkloads: z
		.boolean()
		.default(false)
		.describe("Whether owners see the workloads of every namespace; never their ConfigMaps"),
	powerUserNamespaces: z
		.array(label)
		.default([])
		.describe("Where power users manage workloads: whoever runs pods there can read every Secret of it"),
	externalHosts: z
		.record(label, z.strictObject({ address: ipv4, ttl: z.int().min(60) }))
		.default({})
		.describe("Names below the domain that lead to machines elsewhere; ttl in seconds"),
	tunnel: tunnel.optional().describe("Way in from the provider of the zone; none when absent"),
	secretsOperator: z
		.boolean()
		.default(false)
		.describe(
			"Whether External Secrets is installed, from outside this project; its pods then reach the DNS, Vault and the API server alone",
		),
	policyEngine: policyEngine.optional().describe("Kyverno, from outside this project; no policy when absent"),
});
