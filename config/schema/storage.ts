import { z } from "zod";
import { nfsExports, nfsServerLogin } from "./exports.ts";
import { absolutePath, label } from "./primitives.ts";

/** Storage classes and the NFS server, as claims refer to them. */
export const storage = z.strictObject({
	nfs: z.strictObject({
		server: z.string().describe("Key of the host in `network.hosts`"),
		root: absolutePath.describe("Export that holds one directory per volume"),
		className: label.describe("Class name on static volumes; its provisioner is never asked"),
		mountOptions: z
			.array(z.string())
			.refine((options) => options.includes("nfsvers=4"), "the server speaks NFSv4 only: add nfsvers=4")
			.refine((options) => options.includes("soft"), "a hard mount hangs its pods with the server: add soft"),
		ssh: nfsServerLogin
			.optional()
			.describe("Login for `infra exports`; without one it runs on the server only"),
	}),
	exports: nfsExports,
	block: z.strictObject({
		plainClass: label,
		encryptedClass: label.describe("LUKS2 class for every database and everything sensitive"),
	}),
	autoresize: z.strictObject({
		freeThreshold: z
			.string()
			.regex(/^([1-9]|[1-4]\d)%$/, "expected 1% to 49%: the controller compares it with FREE space")
			.describe("Grow once less than this share is free"),
		increase: z.string().regex(/^\d+(%|Gi)$/, 'expected a share or a size such as "50%" or "1Gi"'),
	}),
});
