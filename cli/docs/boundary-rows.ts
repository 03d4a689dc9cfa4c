/** A boundary of tenants: what somebody must not be able to do, and what stops it. */
export interface BoundaryRow {
	readonly id: `S${number}`;
	readonly mustNot: string;
	readonly stoppedBy: string;
	/** Test files below `test/e2e` that go into detail, without `.test.ts`. */
	readonly more: readonly string[];
}

const row = (id: `S${number}`, mustNot: string, stoppedBy: string, ...more: string[]): BoundaryRow => ({
	id,
	mustNot,
	stoppedBy,
	more,
});

export const boundaryRows: readonly BoundaryRow[] = [
	row(
		"S1",
		"read another's entries in Vault",
		"policies of owners; pipelines read no entry",
		"vault/vault-stack",
	),
	row(
		"S2",
		"read entries through External Secrets",
		"`tenant-kinds` keeps stores, generators and pushed secrets from tenants: the operator logs in as itself for a store that names no account; `tenant-secret-stores` keeps the site's store, generators and templates that call the operator's functions from them; `eso-reader` reads the entries that the site names, none of them an owner's; roles take tokens for Vault alone",
		"boundary/external-secrets",
		"platform/tenant-admission",
		"platform/tenant-kinds",
		"vault/vault-stack",
	),
	row(
		"S3",
		"get a deployer's token of another namespace",
		"one rule per namespace, one identity and one agent per owner's pipelines; `tenant-deployers` lets a token change images and nothing else",
		"boundary/agents",
		"platform/deployer-token",
		"platform/tenant-deployers",
		"vault/vault-stack",
		"woodpecker/deploy-pipeline",
	),
	row(
		"S4",
		"become administrator through CI",
		"no owner administers the CI server unless the entry says `ci_admin: true`, and then is stopped by nothing; accounts of tenants' pipelines have no rights; `infrastructure-pipelines` keeps the one that has them to the default branch, to which owners cannot write",
		"boundary/agents",
		"woodpecker/infrastructure-account",
	),
	row("S5", "edit the registry", "`ci-infra` alone writes it", "vault/vault-stack"),
	row(
		"S6",
		"read Secrets or ConfigMaps elsewhere",
		"roles without them; `tenant-secret-stores`, as a template of External Secrets may read any",
		"boundary/external-secrets",
		"platform/platform-stack",
	),
	row(
		"S7",
		"change quota, limits or labels, or what the platform made in the namespace",
		"`admin` cannot; `tenant-role-bindings`, `tenant-platform-accounts`, `tenant-kinds`",
		"platform/platform-stack",
		"platform/tenant-accounts",
		"platform/tenant-limits",
	),
	row(
		"S8",
		"push out pods of the platform, or take the GPU",
		"`priority-guard`, `tenant-resources`, and `tenant-placement` for its runtime and the taints of its node",
		"platform/tenant-limits",
		"platform/tenant-placement",
	),
	row(
		"S9",
		"run privileged, on the node's files or network, or on NFS",
		"Pod Security; `tenant-volumes` under `baseline` too",
		"platform/tenant-limits",
	),
	row(
		"S10",
		"serve another's host, or a certificate for it",
		"`tenant-hosts`: hosts, paths, TLS, annotations and the class; a host is that of namespaces where its owner is alone",
		"boundary/ingress",
		"platform/tenant-admission",
	),
	row(
		"S11",
		"read the site's private key or the registry's password",
		"no copy is made, `tenant-copied-secrets` refuses one of the policy engine",
		"platform/tenant-admission",
	),
	row(
		"S12",
		"reach services of others",
		"`default-deny`; `tenant-network-policies` keeps it",
		"platform/tenant-admission",
	),
	row(
		"S13",
		"give away rights not held, make objects of the cluster",
		"RBAC",
		"platform/platform-stack",
		"platform/tenant-admission",
	),
	row("S14", "decrypt another's state", "a key per namespace; reserved names", "vault/vault-stack"),
	row(
		"S15",
		"gain rights by the own profile at the identity provider",
		"prefixes of names and groups, verified addresses; that nobody edits the own address is up to the provider",
		"platform/api-server",
	),
	row(
		"S16",
		"keep access after leaving",
		"bindings end with the entry or its disabling; `tenant-account-tokens` and `tenant-token-secrets` keep tokens of accounts short, and `infra owners revoke` ends them; the rest is in the [runbook](../runbooks/owners.md#somebody-leaves)",
		"platform/leaving",
		"platform/platform-stack",
		"vault/vault-stack",
	),
	row(
		"S17",
		"be taken for somebody by an equal login at another forge",
		"one forge; none but an administrator of the CI server adds one",
		"boundary/agents",
	),
	row(
		"S18",
		"open ports of nodes, alias other services, take addresses, mount inline CSI volumes",
		"`tenant-services`, `tenant-volumes`",
		"platform/tenant-admission",
		"platform/tenant-limits",
	),
	row(
		"S19",
		"hand the namespace to somebody outside the registry",
		"`tenant-role-bindings`",
		"platform/tenant-admission",
	),
	row(
		"S20",
		"silence or replace alerts of the platform",
		"`tenant-rule-files`; files of rules carry their namespace",
		"platform/tenant-admission",
	),
	row(
		"S21",
		"bind a volume of the platform",
		"static volumes name their claim: rule `static-volume-claimed`; `tenant-claims`: classes that make new volumes, and no volume by name",
		"platform/static-volume",
	),
	row(
		"S22",
		"hold up the removal of a namespace or of objects of the cluster",
		"`tenant-deletions`: no finalizers, owners of the list of kinds",
		"platform/tenant-placement",
	),
	row(
		"S23",
		"be taken for somebody else",
		"`admin` impersonates accounts of the namespace alone; certificates are signed by administrators; roles at Vault name one account of one namespace; policies name paths to the letter",
		"vault/refusals",
	),
	row(
		"S24",
		"reach nodes, pods or accounts of others through the API server",
		"RBAC: rights end at the namespace",
		"platform/rbac-decision",
	),
	row(
		"S25",
		"use the cluster or Vault without a login",
		"the API server and Vault ask for one; what does not is an accepted risk of the site",
	),
	row(
		"S26",
		"read or set cookies of the platform's hosts",
		"`network.tenantHosts` `apart`; nothing where they are `siblings`",
		"kubernetes/tenant-cookies",
	),
	row(
		"S27",
		"fill the disk that all secrets share",
		"`vault.limits`: a rate for each owner's entries, and a number of versions; alerts on what is left",
		"vault/owner-limits",
	),
	row(
		"S28",
		"fill the store of the API server, which all namespaces share",
		"`user-quota` counts the objects of every kind that tenants write",
		"platform/tenant-limits",
	),
	row(
		"S29",
		"serve a host without the protections of the site",
		"`tenant-hosts` asks for the annotations that name them",
		"boundary/ingress",
		"platform/tenant-admission",
	),
	row(
		"S30",
		"answer for names outside of the cluster, such as `github.com`, through the search domains of pods",
		"RBAC: owners make no namespace; the registry takes none that is called like a last label of host names, such as `com`",
	),
];
