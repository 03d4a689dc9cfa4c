import type { Site } from "../../config/schema/site.ts";

/** Where the control plane keeps its audit trail: the policy, and what it has the API server write. */
export const auditFiles = {
	policy: "/etc/kubernetes/policies/audit-policy.yaml",
	log: "/var/log/kubernetes/audit.log",
} as const;

/**
 * Flags of the API server by which people are known to it and leave traces (kube-apiserver(1)), by name.
 *
 * Without a prefix of groups, whoever is in a group `system:masters` of the identity provider is administrator of the
 * cluster. The provider has to say `email_verified`, to send addresses in lower case, and not to let people change them.
 */
export function apiServerFlags({
	newcomer: { oidc },
	platform: { apiServer },
}: Pick<Site, "newcomer" | "platform">): Readonly<Record<string, string>> {
	const { usernamePrefix, groupsPrefix, audit } = apiServer;
	return {
		"oidc-issuer-url": oidc.issuer,
		"oidc-client-id": oidc.clientId,
		"oidc-username-claim": "email",
		"oidc-username-prefix": usernamePrefix,
		"oidc-groups-claim": "groups",
		"oidc-groups-prefix": groupsPrefix,
		"audit-policy-file": auditFiles.policy,
		"audit-log-path": auditFiles.log,
		"audit-log-maxage": String(audit.days),
		"audit-log-maxbackup": String(audit.files),
		"audit-log-maxsize": String(audit.megabytes),
	};
}

/** Flags of etcd: with the default of 10000 it wrote 37.5 GB a day. An upgrade of the control plane loses them. */
export function etcdFlags({ platform }: Pick<Site, "platform">): Readonly<Record<string, string>> {
	return { "snapshot-count": String(platform.apiServer.etcdSnapshotCount) };
}
