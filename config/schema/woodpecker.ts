import { chart } from "./chart.ts";
import { cronSchedule } from "./cron.ts";
import { bytes, hostName, image, label, port } from "./primitives.ts";
import { entryPath, word } from "./texts.ts";
import { z } from "./zod.ts";

/** A login or an organisation at the forge; Woodpecker compares it letter by letter, in lists parted by commas. */
export const forgeName = z
	.string()
	.regex(
		/^[A-Za-z0-9][A-Za-z0-9._-]*$/,
		"expected a name at the forge, such as jane-doe: no comma, no space",
	);

const httpsUrl = z.url({ protocol: /^https$/, error: "expected a URL that begins with https://" });

const forge = z.discriminatedUnion("kind", [
	z.strictObject({ kind: z.literal("forgejo"), url: httpsUrl }),
	z.strictObject({ kind: z.literal("github"), url: httpsUrl.default("https://github.com") }),
]);

const registration = z.discriminatedUnion("kind", [
	z.strictObject({
		kind: z.literal("closed").describe("Administrators alone can log in for the first time"),
	}),
	z.strictObject({
		kind: z.literal("open"),
		organisations: z.array(forgeName).min(1).describe("Whose members can log in"),
		repositoryOwners: z.array(forgeName).min(1).describe("Whose repositories can be enabled"),
	}),
]);

/** A branch whose name the CI server puts on pods unchanged: others are normalised, so that `main-` becomes `main`. */
const stampedBranch = z
	.string()
	.max(63)
	.regex(
		/^[a-z0-9]+([-_.][a-z0-9]+)*$/,
		"expected lower-case letters and digits with single inner - _ . such as main: the label of a pod says no more",
	);

const cores = z.string().regex(/^[1-9]\d*$/, 'expected whole cores such as "16"');

/** Agents, and what the pods of their pipelines may use. */
const backend = z.strictObject({
	agents: z.int().min(1).describe("Agents; each takes `workflows` at a time"),
	workflows: z.int().min(1),
	volume: bytes.describe("Workspace of one workflow"),
	quota: z.strictObject({
		cpuRequests: cores,
		memoryRequests: bytes,
		memoryLimits: bytes,
		pods: z.int().min(1),
	}),
});

/** The CI server, its agents, and the identities under which pipelines run. */
export const woodpecker = z
	.strictObject({
		chart,
		images: z.strictObject({
			server: image,
			agent: image,
			sync: image.describe("Runs the program that copies secrets; Python"),
			init: image.describe("Makes the directory of a step that is not root; with a mkdir"),
			clone: image.describe("Plugin that clones; the only one that gets the forge's credential"),
			privileged: z
				.array(image)
				.describe("Plugins that may run privileged: root of the node for whoever can break out of them"),
			vault: image.describe("Command line of Vault in deploy pipelines"),
			infrastructure: image
				.optional()
				.describe(
					"This project with Terraform, in pipelines of the infrastructure; absent: no such pipelines",
				),
			kubectl: image.describe("Command line of Kubernetes, with a shell, in deploy pipelines"),
		}),
		memory: z.strictObject({ server: bytes, agent: bytes }),
		forge: forge.describe("The one forge: Woodpecker takes the first that is configured and ignores others"),
		administrators: z.array(forgeName).min(1).describe("Logins beside those of the registry"),
		registration,
		database: z.strictObject({
			host: hostName,
			port: port.default(5432),
			name: word,
			user: word,
			password: z
				.discriminatedUnion("kind", [
					z.strictObject({ kind: z.literal("rotated").describe("By Vault's engine, every week") }),
					z.strictObject({ kind: z.literal("kept"), path: entryPath, key: word }),
				])
				.describe("Read when the server starts, never before: a rotation must not stop it"),
		}),
		secretsEntry: entryPath.describe(
			"Entry with `agent_secret`, `grpc_secret`, and `client_id` and `client_secret` behind the forge's kind",
		),
		infrastructureRepository: z
			.string()
			.regex(/^[\w.-]+\/[\w.-]+$/, "expected owner/name")
			.describe("The only one whose pipelines may run in the infrastructure backend"),
		infrastructureBranch: stampedBranch
			.default("main")
			.describe("Its default branch, the only one whose pipelines may have rights"),
		planner: label
			.default("ci-plan")
			.describe("Key of `vault.machines`: who plans and reads in pipelines of the infrastructure"),
		certifier: label
			.optional()
			.describe(
				"Key of `vault.machines`: who renews the site's certificate in a pipeline of the infrastructure; without it somebody does by hand",
			),
		plannedSecrets: z
			.array(label)
			.default(["mailserver", "nfs-csi", "proxmox-csi", "pvc-autoresizer"])
			.describe(
				"Namespaces whose Secrets, which are also Helm's releases, a plan reads; what lies elsewhere an administrator plans",
			),
		loginsEntry: z
			.string()
			.default("infra-robot")
			.describe(
				"Below it an entry for each of `planner`, `certifier` and `deployer`: tokens by name of the variable that their steps get, and a key for hosts",
			),
		tenants: backend.describe("Agents of each owner's pipelines, and the quota of each owner's steps"),
		infrastructure: backend.extend({
			machine: label.describe("Key of `vault.machines`: namespace and identity of every step"),
		}),
		sync: z.strictObject({
			machine: label.describe("Key of `vault.machines`: who copies the secrets, in the server's namespace"),
			schedule: cronSchedule,
		}),
	})
	.superRefine(({ registration, infrastructureRepository }, context) => {
		if (registration.kind === "closed") return;
		const [owner = ""] = infrastructureRepository.split("/");
		if (!registration.repositoryOwners.includes(owner))
			context.addIssue({
				code: "custom",
				path: ["registration", "repositoryOwners"],
				message: `${owner} is missing: ${infrastructureRepository} could not be enabled`,
			});
	});
