import { z } from "../schema/zod.ts";

/** Roles of users (docs/reference/owners.md#an-entry). */
export const roles = ["admin", "power-user", "namespace-owner"] as const;

/** A CPU quantity above zero: cores, or thousandths of one. */
const cpu = z.string().regex(/^(?!0+(\.0+)?m?$)\d+(\.\d{1,3}|m)?$/, 'expected CPU such as "2" or "500m"');

/** A size above zero with a binary suffix. */
const size = z.string().regex(/^[1-9]\d{0,5}(Ki|Mi|Gi|Ti)$/, 'expected a size such as "4Gi"');

/** A whole number in quotes, as quota values are written. */
const count = (least: number, most: number) =>
	z
		.string()
		.regex(/^(0|[1-9]\d{0,4})$/, `expected a whole number in quotes, ${least} to ${most}`)
		.refine((text) => Number(text) >= least && Number(text) <= most, {
			error: `expected a whole number in quotes, ${least} to ${most}`,
		});

/** Limits of each namespace of an owner; what is left out takes its default. */
export const quota = z.strictObject({
	cpu_requests: cpu.optional().describe("Sum of reserved CPU, `2` when absent"),
	memory_requests: size.optional().describe("Sum of reserved memory, `4Gi` when absent"),
	memory_limits: size.optional().describe("Sum of memory limits, `8Gi` when absent"),
	pods: count(1, 110).optional().describe("Pods, `20` when absent"),
	storage_requests: size.optional().describe("Sum of claimed storage, `20Gi` when absent"),
	persistentvolumeclaims: count(0, 1000).optional().describe("Claims, `5` when absent"),
});

/** Fields that only a namespace-owner has. */
export const ownerFields = ["namespaces", "domains", "quota", "pod_security", "ci_org_id"] as const;

/** The entry of a user, as it is written. */
export const entry = z.strictObject({
	role: z.enum(roles).describe("What the person may do"),
	email: z
		.string()
		.max(254)
		.regex(/^[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\.[a-zA-Z]{2,}$/, "expected an address such as a@example.com")
		.transform((text) => text.toLowerCase())
		.describe("Subject in Kubernetes and alias in Vault; kept in lower case"),
	namespaces: z.array(z.string()).optional().describe("Namespaces of an owner, at least one"),
	domains: z
		.array(z.string())
		.optional()
		.describe("Labels below the domain of tenants (`network.tenantHosts`)"),
	quota: quota.optional(),
	ci_admin: z
		.boolean()
		.optional()
		.describe("Administrator of the CI server, who can become one of the cluster, `false` when absent"),
	ci_org_id: z
		.int()
		.min(1)
		.optional()
		.describe("Id of the owner's organisation at the CI server; without it no agent runs their pipelines"),
	pod_security: z
		.enum(["restricted", "baseline"])
		.optional()
		.describe("Pod Security level of the namespaces, `restricted` when absent"),
	disabled: z
		.boolean()
		.optional()
		.describe("First half of leaving: every right is gone, namespaces and data stay"),
});

export type Entry = z.output<typeof entry>;
