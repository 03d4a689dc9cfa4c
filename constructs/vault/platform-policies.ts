import type { PipelineIdentity } from "../../config/pipeline-identities.ts";
import { accountEntry } from "../../config/schema/certificate.ts";
import type { Site } from "../../config/schema/site.ts";
import type { PlatformPolicyName } from "../../config/schema/vault.ts";
import { databaseKinds, staticRoleName } from "./database-engine.ts";
import { entryPathOf, vaultPath } from "./path.ts";
import type { Capability, PolicyRule } from "./policy.ts";
import { reviewCheckRule, reviewSignRule } from "./transit-engine.ts";

/** Password of the user that owns the state database; no policy for tenants may include it. */
const stateCredential = vaultPath`database/static-creds/${staticRoleName("postgresql", "terraform_state")}`;

/**
 * Policies of administrators and machines of the platform (docs/reference/vault.md#policies), by name. Programs that
 * run for tenants can read no secret; programs that read secrets list their paths.
 */
export function platformPolicies(site: Site): Readonly<Record<PlatformPolicyName, readonly PolicyRule[]>> {
	const { kvMount, readers } = site.vault;
	/** An entry of the KV engine and everything below it. */
	const subtree = (entry: string, ...capabilities: [Capability, ...Capability[]]): readonly PolicyRule[] => [
		{ path: vaultPath`${kvMount}/data/${entry}`, capabilities },
		{ path: vaultPath`${kvMount}/data/${entry}/*`, capabilities },
	];
	const readable = (policy: keyof typeof readers, except?: string) =>
		(readers[policy] ?? [])
			.filter((entry) => entry !== except)
			.flatMap((entry) => subtree(entry, "read", "list"));
	const stateLocks: readonly PolicyRule[] = [
		{
			path: vaultPath`${kvMount}/data/locks/*`,
			capabilities: ["create", "read", "update"],
			comment: "locks of states, changed by check-and-set",
		},
		{ path: vaultPath`${kvMount}/metadata/locks/*`, capabilities: ["read"] },
	];
	const { certificate } = site.cluster.ingress;
	const { source } = site.registry;
	const registryEntry = source.kind === "vault" ? source.path : undefined;
	const loginRule = (who: PipelineIdentity): PolicyRule => ({
		path: vaultPath`${kvMount}/data/${site.woodpecker.loginsEntry}/${who}`,
		capabilities: ["read"],
	});
	return {
		"vault-admin": [
			{ path: vaultPath`*`, capabilities: ["create", "read", "update", "patch", "delete", "list", "sudo"] },
		],
		"sops-admin": [
			{ path: vaultPath`transit/encrypt/sops-state-*`, capabilities: ["update"] },
			{ path: vaultPath`transit/decrypt/sops-state-*`, capabilities: ["update"] },
			{ path: vaultPath`transit/keys/sops-state-*`, capabilities: ["create", "read", "update"] },
			...stateLocks,
		],
		"ci-infra": [
			...readable("ci-infra", registryEntry),
			...(registryEntry === undefined
				? []
				: [
						{
							path: vaultPath`${kvMount}/data/${registryEntry}`,
							capabilities: ["create", "read", "update", "patch"] as const,
							comment: "the registry of tenants, changed key by key",
						},
					]),
			{ path: vaultPath`transit/encrypt/sops-state-*`, capabilities: ["update"] },
			{ path: vaultPath`transit/decrypt/sops-state-*`, capabilities: ["update"] },
			{ path: vaultPath`transit/keys/sops-state-*`, capabilities: ["read"] },
			...stateLocks,
			{ path: stateCredential, capabilities: ["read"] },
			reviewCheckRule,
			loginRule("deployer"),
		],
		// It plans, reads states and signs reviews; what it signed another identity deploys.
		"ci-plan": [
			...readable("ci-plan"),
			loginRule("planner"),
			{ path: vaultPath`transit/decrypt/sops-state-*`, capabilities: ["update"] },
			{ path: vaultPath`transit/keys/sops-state-*`, capabilities: ["read"] },
			{ path: stateCredential, capabilities: ["read"] },
			reviewSignRule,
		],
		// It renews the site's certificate, with the account that the authority knows it by.
		"ci-certificate": [
			...[certificate.vaultPath, accountEntry(certificate.vaultPath)].map(
				(entry): PolicyRule => ({
					path: entryPathOf(kvMount, entry),
					capabilities: ["create", "read", "update"],
				}),
			),
			loginRule("certifier"),
		],
		// It reads for whoever makes an ExternalSecret that the API server admits, so it reads what the site names alone.
		"eso-reader": [
			...(readers["eso-reader"] ?? []).flatMap((entry) => subtree(entry, "read")),
			...databaseKinds
				.flatMap((kind) =>
					(site.vault.databases[kind]?.users ?? []).map((user) => staticRoleName(kind, user)),
				)
				.map((role) => vaultPath`database/static-creds/${role}`)
				.filter((path) => path !== stateCredential)
				.map((path): PolicyRule => ({ path, capabilities: ["read"] })),
		],
		"woodpecker-sync": [
			{ path: vaultPath`${kvMount}/data/ci/*`, capabilities: ["read", "list"] },
			{ path: vaultPath`${kvMount}/metadata/ci/*`, capabilities: ["list"] },
		],
		"openclaw-k8s": [
			{ path: vaultPath`kubernetes/creds/openclaw`, capabilities: ["update"] },
			...readable("openclaw-k8s"),
		],
		"terraform-state": [{ path: stateCredential, capabilities: ["read"] }],
		"raft-backup": [{ path: vaultPath`sys/storage/raft/snapshot`, capabilities: ["read"] }],
	};
}
