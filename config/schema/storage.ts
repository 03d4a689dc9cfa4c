import { chart } from "./chart.ts";
import { nfsExports } from "./exports.ts";
import { absolutePath, bytes, duration, image, label, percentage, port } from "./primitives.ts";
import { MiB } from "./quantity.ts";
import { sshLogin } from "./ssh-login.ts";
import { entryPath, word } from "./texts.ts";
import { z } from "./zod.ts";

/** An entry of Vault's KV engine. Its version tells Terraform that a write-only value has changed. */
const vaultEntry = z.strictObject({
	vaultPath: entryPath.describe("Path below the KV mount"),
	version: z.int().min(1),
});

/** Volume classes with their drivers, and the NFS server. */
export const storage = z.strictObject({
	defaultClass: label.describe("Class of claims that name none"),
	nfs: z.strictObject({
		server: word.describe("Key of the host in `network.hosts`"),
		root: absolutePath.describe("Export that holds one directory per volume"),
		className: label.describe("Class name on static volumes; its provisioner is never asked"),
		dynamicClass: label.describe("Class that makes a directory of its own for each claim"),
		mountOptions: z
			.array(word)
			.refine((options) => options.includes("nfsvers=4"), "the server speaks NFSv4 only: add nfsvers=4")
			.refine((options) => options.includes("soft"), "a hard mount hangs its pods with the server: add soft"),
		healthPorts: z
			.strictObject({ controller: port, node: port })
			.refine(
				({ controller, node }) => controller !== node,
				"both use the network of their node: two parts with one port crash each other",
			)
			.describe("Ports on which the driver's parts answer health checks"),
		ssh: sshLogin
			.optional()
			.describe(
				"Login for `infra exports`, also after a deploy in a pipeline; without one it runs on the server only",
			),
	}),
	exports: nfsExports,
	block: z.strictObject({
		plainClass: label,
		encryptedClass: label.describe("LUKS2 class for every database and everything sensitive"),
		datastore: word.describe("Proxmox storage that holds the volumes"),
		nodeMemory: bytes
			.refine((value) => value >= 1280 * MiB, "expected 1280Mi at least: opening a volume takes 1 GiB")
			.describe("Memory of the node plugin, which derives the LUKS key (Argon2id)"),
		proxmox: z.strictObject({
			host: word.describe("Key of the host in `network.hosts`"),
			port: port.default(8006),
			verifyCertificate: z.boolean().describe("Whether the API's certificate must be trusted"),
			region: word.describe("Proxmox cluster: label `topology.kubernetes.io/region` of every node"),
			zone: word.describe("Proxmox node: label `topology.kubernetes.io/zone` of every node"),
			token: vaultEntry.describe("Keys `token_id` and `token_secret`"),
		}),
		encryption: vaultEntry.describe(
			"Key `encryption_passphrase`; a new version needs a new LUKS key slot first",
		),
	}),
	localPath: z.strictObject({
		className: label,
		directory: absolutePath.describe("Directory of every node that holds the volumes"),
		images: z.strictObject({ provisioner: image, helper: image }),
	}),
	snapshotClass: label.describe("Class of snapshots of block volumes: full copies on the same storage"),
	autoresize: z.strictObject({
		growWhenUsedAbove: percentage
			.refine((value) => value > 50 && value < 100, "expected 51% to 99%: the share of USED space")
			.describe("Grow once more than this share is used"),
		increase: z.string().regex(/^\d+(%|Gi)$/, 'expected a share or a size such as "50%" or "1Gi"'),
		interval: duration.describe("Time between two looks at every volume"),
	}),
	disks: z
		.record(
			label,
			z.strictObject({
				device: word.describe("Name in the kernel of the hypervisor"),
				writeRate: bytes.describe("Bytes per second above which it is written too much"),
				for: word.describe("How long, in Prometheus' notation"),
			}),
		)
		.describe("Disks of the hypervisor whose writes are watched"),
	charts: z.strictObject({ proxmoxCsi: chart, nfsCsi: chart, autoresizer: chart }),
});
