/** Names that follow from a person or a namespace of the registry (namespace-owner.md section 4), for every stack. */
export const ownerNames = {
	/** Policy over the person's own secrets and deployers. */
	policy: (user: string) => `namespace-owner-${user}`,
	/** Policy over the state keys of the person's namespaces. */
	statePolicy: (user: string) => `sops-user-${user}`,
	/** Group at the identity provider that has the state policy too. */
	stateGroup: (user: string) => `sops-${user}`,
	/** Role in the namespace, and role of Vault's engine that issues tokens for it. */
	deployer: (namespace: string) => `${namespace}-deployer`,
} as const;

/** Label of every namespace that belongs to people of the registry. */
export const ownedBy = { key: "managed-by", value: "vault-user-onboarding" } as const;
