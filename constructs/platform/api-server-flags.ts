import type { Site } from "../../config/schema/site.ts";

/** Paths on the control plane: the audit policy, and the audit log. */
export const auditFiles = {
	policy: "/etc/kubernetes/policies/audit-policy.yaml",
	log: "/var/log/kubernetes/audit.log",
} as const;

/**
 * Flags of the API server for authentication of users and for auditing (kube-apiserver(1)), by name.
 *
 * Without a prefix for groups, a group `system:masters` of the identity provider would make its members administrators
 * of the cluster. The provider must send `email_verified` and lower-case addresses, and must not let users change their
 * address.
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

/** Flags of etcd: with the default of 10000 it wrote 37.5 GB a day. An upgrade of the control plane resets them. */
export function etcdFlags({ platform }: Pick<Site, "platform">): Readonly<Record<string, string>> {
	return { "snapshot-count": String(platform.apiServer.etcdSnapshotCount) };
}
