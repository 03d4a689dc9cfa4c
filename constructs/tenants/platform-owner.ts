import { ClusterRoleBindingV1 } from "@cdktf/provider-kubernetes/lib/cluster-role-binding-v1/index.js";
import { RoleBindingV1 } from "@cdktf/provider-kubernetes/lib/role-binding-v1/index.js";
import { Construct } from "constructs";
import { ownerNames } from "../../config/registry/owner-names.ts";
import type { Owner } from "../../config/registry/registry.ts";
import { defined } from "../../config/schema/defined.ts";
import { tenantDomain } from "../../config/schema/tenant-hosts.ts";
import { DnsRecord } from "../dns/dns-record.ts";
import { tunnelAlias } from "../dns/tunnel-alias.ts";
import type { PeopleRoles } from "../platform/people-roles.ts";
import { clusterRoleRef, userSubject } from "../platform/user-subject.ts";
import { siteOf } from "../site.ts";

export interface PlatformOwnerProps {
	/** An owner who is not disabled. */
	readonly owner: Owner;
	readonly roles: PeopleRoles;
}

/**
 * An owner in the cluster and the zone: the role `admin` in each namespace, read access to the cluster, and a DNS
 * record for each host. Stacks of the owner's apps make no record of their own.
 */
export class PlatformOwner extends Construct {
	constructor(scope: Construct, id: string, { owner, roles }: PlatformOwnerProps) {
		super(scope, id);
		const { key, namespaces, domains } = owner;
		const { dns, network } = siteOf(this);
		const subject = [userSubject(this, owner)];
		new ClusterRoleBindingV1(this, "read-only", {
			metadata: { name: ownerNames.readOnlyBinding(key) },
			roleRef: clusterRoleRef(roles.names.ownerReadOnly),
			subject,
		});
		for (const namespace of namespaces)
			new RoleBindingV1(this, `admin-of-${namespace}`, {
				metadata: { name: ownerNames.binding(key), namespace },
				roleRef: clusterRoleRef("admin"),
				subject,
			});
		if (dns.kind !== "none")
			for (const label of domains)
				new DnsRecord(this, `host-${label}`, {
					name: `${label}.${tenantDomain({ network })}`,
					...(network.tenantHosts.kind === "apart" ? defined({ zoneId: network.tenantHosts.zoneId }) : {}),
					...tunnelAlias(dns),
				});
	}
}
