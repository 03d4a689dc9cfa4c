import { ClusterRoleBindingV1 } from "@cdktf/provider-kubernetes/lib/cluster-role-binding-v1/index.js";
import { RoleBindingV1 } from "@cdktf/provider-kubernetes/lib/role-binding-v1/index.js";
import { ownerNames } from "../../config/registry/owner-names.ts";
import { DnsRecord } from "../dns/dns-record.ts";
import { tunnelAlias } from "../dns/tunnel-alias.ts";
import type { PeopleRoles } from "../platform/people-roles.ts";
import { clusterRoleRef, userSubject } from "../platform/user-subject.ts";
import { siteOf } from "../site.ts";
import type { OwnerFace } from "./namespace-owner.ts";

/**
 * On the platform: `admin` of each namespace, a look at the cluster, and a record for each host. The record is nobody
 * else's: a stack of the owner's makes none.
 */
export function platformFace(roles: PeopleRoles): OwnerFace {
	return (scope, owner) => {
		const { key, namespaces, domains } = owner;
		const { dns, network } = siteOf(scope);
		const subject = [userSubject(scope, owner)];
		new ClusterRoleBindingV1(scope, "read-only", {
			metadata: { name: ownerNames.readOnlyBinding(key) },
			roleRef: clusterRoleRef(roles.names.ownerReadOnly),
			subject,
		});
		for (const namespace of namespaces)
			new RoleBindingV1(scope, `admin-of-${namespace}`, {
				metadata: { name: ownerNames.binding(key), namespace },
				roleRef: clusterRoleRef("admin"),
				subject,
			});
		if (dns.kind !== "none")
			for (const label of domains)
				new DnsRecord(scope, `host-${label}`, { name: `${label}.${network.domain}`, ...tunnelAlias(dns) });
	};
}
