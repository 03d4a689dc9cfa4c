import { chart } from "./chart.ts";
import { cronSchedule } from "./cron.ts";
import { bytes, hostName, image, ipv4, label, port, wholeDays, wholeSeconds } from "./primitives.ts";
import { entryPath, httpAddress, pem, word } from "./texts.ts";
import { z } from "./zod.ts";

/**
 * Policies of the platform's own people and machines; what each allows is in `constructs/vault/platform-policies.ts`.
 */
export const platformPolicyNames = [
	"vault-admin",
	"sops-admin",
	"ci-infra",
	"ci-plan",
	"ci-certificate",
	"eso-reader",
	"woodpecker-sync",
	"openclaw-k8s",
	"terraform-state",
	"raft-backup",
] as const;

/**
 * Audience of tokens that service accounts log in to Vault with: the API server does not take such a token, nor Vault one
 * of the API server where a role asks for the audience.
 */
export const vaultAudience = "vault";

/** One segment of a path in Vault: no wildcard, no quote, no other character with a meaning in a policy. */
export const vaultSegment = /^(?!.*\.\.)[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?$/;

const entryName = z
	.string()
	.regex(vaultSegment, "expected the first part of an entry's path, such as platform");

/** One key of an entry, with the version that its consumer last received. */
export const versionedKey = z.strictObject({
	path: entryPath.describe("Entry below the KV mount"),
	key: z.string().regex(/^[\w.-]+$/, "expected a key of an entry, such as password"),
	version: z.int().min(1).describe("Version of the entry: a new value is sent when it grows"),
});

const server = z.discriminatedUnion("kind", [
	z.strictObject({
		kind: z.literal("chart"),
		chart,
		image,
		replicas: z
			.int()
			.min(3)
			.refine((count) => count % 2 === 1, "expected an odd number: an even one tolerates no more failures")
			.describe("An odd number: Raft needs a majority"),
		memory: bytes,
		dataVolume: bytes,
		auditVolume: bytes,
		toleratedTaints: z.array(word).describe("Keys of taints that a server may run on"),
		unsealSecret: z
			.strictObject({ name: label, key: word })
			.describe(
				"Secret in the server's namespace with its key share; made by hand, since it must work while Vault does not",
			),
	}),
	z.strictObject({
		kind: z
			.literal("external")
			.describe(
				"Outside of the cluster. Whoever runs it makes the Service vault-active of namespace vault that leads pods to it",
			),
		kubernetesHost: httpAddress.describe("API server as the server outside the cluster sees it"),
		kubernetesCa: pem.describe("PEM certificates that the API server is trusted by"),
		tokenVersion: z.int().min(1).default(1).describe("Grows when the server needs a new token"),
	}),
]);

/** A group at the identity provider. The Terraform provider takes a list of them apart at each comma. */
const groupName = z
	.string()
	.regex(/^[^\p{C}\s,](?:[^\p{C},]*[^\p{C}\s,])?$/u, "expected the name of one group, without a comma");

const identity = z.discriminatedUnion("kind", [
	z.strictObject({
		kind: z.literal("oidc"),
		discoveryUrl: httpAddress,
		clientId: word,
		clientSecret: versionedKey,
		groups: z
			.array(groupName)
			.min(1, "expected a group: a login of anybody whom the provider knows would be a login to Vault")
			.describe("A login needs one of them"),
		adminGroup: groupName.describe("Group of the provider whose members administer Vault"),
		lifetime: wholeSeconds,
	}),
	z.strictObject({
		kind: z.literal("keys"),
		publicKeys: z.array(pem).min(1).describe("PEM public keys that tokens may be signed with"),
		audiences: z.array(word).min(1),
		groups: z.array(groupName),
		adminGroup: groupName,
		lifetime: wholeSeconds,
	}),
]);

const database = z
	.strictObject({
		host: z.union([ipv4, hostName], "expected a host name or an IPv4 address"),
		port,
		superuser: z
			.string()
			.regex(/^[A-Za-z_][\w.@-]*$/, "expected a database user such as postgres")
			.describe("Whom Vault connects as; never rotated, since Vault itself needs it"),
		password: versionedKey,
		users: z
			.array(z.string().regex(/^[a-z][a-z0-9_]*$/, "expected a database user such as claude_memory"))
			.describe("Users whose password Vault changes every week; they must exist"),
	})
	.superRefine(({ users, superuser }, context) => {
		for (const [index, user] of users.entries()) {
			if (user === superuser)
				context.addIssue({
					code: "custom",
					path: ["users", index],
					message: `${user} is the superuser: a rotation would lock Vault out`,
				});
			if (users.findIndex((other) => other.replaceAll("_", "-") === user.replaceAll("_", "-")) !== index)
				context.addIssue({
					code: "custom",
					path: ["users", index],
					message: `${user} has the role of another user`,
				});
		}
	});

const machine = z.strictObject({
	serviceAccount: label,
	namespace: label,
	policy: z.enum(platformPolicyNames),
	audience: z
		.string()
		.regex(/^[a-z][a-z0-9.-]*$/, "expected a name such as vault")
		.optional()
		.describe(
			"Which the account's token must be issued for; absent: the API server, as pods have it mounted",
		),
	lifetime: wholeSeconds.describe("Of a token"),
	renewable: z.boolean().default(true).describe("Whether it can be renewed for ever"),
});

/** Mounts of the other engines and of the server's own API. */
const otherMounts = new Set([
	"audit",
	"auth",
	"cubbyhole",
	"database",
	"identity",
	"kubernetes",
	"sys",
	"transit",
]);

/** Vault: the server, what is in it, and how its clients see it. */
export const vault = z.strictObject({
	address: z.url({ protocol: /^https?$/, error: "expected a URL such as https://vault.example.org" }),
	kvMount: label
		.refine((name) => !otherMounts.has(name), {
			error: "the mount belongs to another engine or to Vault itself",
		})
		.describe("Mount of the KV version 2 engine"),
	secretStore: label.describe("ClusterSecretStore that reads the KV mount for External Secrets"),
	databaseStore: label.describe("ClusterSecretStore that reads the database engine"),
	phase: z
		.enum(["server", "full"])
		.default("full")
		.describe("`server` until Vault is initialised for the first time: everything else needs its API"),
	server,
	backup: z.strictObject({ schedule: cronSchedule, retention: wholeDays, capacity: bytes, image }),
	identity,
	limits: z
		.strictObject({
			versions: z
				.int()
				.min(2)
				.max(100)
				.describe("Versions of an entry that are kept; older ones are removed"),
			ownerRequests: z
				.int()
				.min(60)
				.max(6000)
				.describe("Requests a minute from one address to the values of one owner; further ones wait (429)"),
		})
		.describe("What an owner may take of the disk that all share"),
	encryptedStates: z.array(label).describe("Stacks whose state is kept encrypted with a transit key each"),
	databases: z.strictObject({ mysql: database.optional(), postgresql: database.optional() }),
	machines: z.record(label, machine).describe("Who logs in by a service account's token, by role"),
	issuedTokens: z
		.record(
			label,
			z.strictObject({
				serviceAccount: label,
				namespace: label,
				lifetime: wholeSeconds,
				longest: wholeSeconds.describe("Beyond which no request can ask"),
			}),
		)
		.describe("Tokens of accounts that exist, by the engine's role; those of tenants' deployers are derived"),
	readers: z
		.partialRecord(z.enum(["ci-infra", "ci-plan", "eso-reader", "openclaw-k8s"]), z.array(entryName))
		.describe("Entries below the KV mount, with all below them, that a policy may read"),
});

export type PlatformPolicyName = (typeof platformPolicyNames)[number];
export type Database = z.output<typeof database>;
export type DatabaseKind = "mysql" | "postgresql";
