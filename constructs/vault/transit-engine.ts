import { Mount } from "@cdktf/provider-vault/lib/mount/index.js";
import { TransitSecretBackendKey } from "@cdktf/provider-vault/lib/transit-secret-backend-key/index.js";
import { Construct } from "constructs";
import { vaultPath } from "./path.ts";
import type { PolicyRule } from "./policy.ts";

/** Path of the engine. */
export const transitMount = "transit";

/** Name of the key that encrypts the state of a stack, or the states of a namespace. */
export const stateKeyName = (owner: string) => `sops-state-${owner}`;

/** Key whose keyed hashes say that a change was reviewed. Who deploys may check them, and make none. */
export const reviewKey = { mount: transitMount, name: "infra-review" } as const;

/** Rule to check whether a change was reviewed. */
export const reviewCheckRule: PolicyRule = {
	path: vaultPath`transit/verify/infra-review/*`,
	capabilities: ["update"],
};

/** Rule to say that a change was reviewed. */
export const reviewSignRule: PolicyRule = {
	path: vaultPath`transit/hmac/infra-review/*`,
	capabilities: ["update"],
};

/** Rules to encrypt and decrypt with one state key. */
export function stateKeyRules(owner: string): readonly PolicyRule[] {
	const name = stateKeyName(owner);
	return [
		{ path: vaultPath`transit/encrypt/${name}`, capabilities: ["update"] },
		{ path: vaultPath`transit/decrypt/${name}`, capabilities: ["update"] },
		{ path: vaultPath`transit/keys/${name}`, capabilities: ["read"] },
	];
}

export interface StateKeyProps {
	/** Stack or namespace that the key belongs to. */
	readonly owner: string;
	/**
	 * Whether Vault allows the key to be deleted: true once every owner of the namespace is disabled. @default false
	 */
	readonly deletionAllowed?: boolean;
}

/** The transit engine, with one key per state that is encrypted at rest, and the one of reviews. */
export class TransitEngine extends Construct {
	readonly #backend: string;

	/** @param stacks whose state is encrypted at rest */
	constructor(scope: Construct, id: string, { stacks }: { readonly stacks: readonly string[] }) {
		super(scope, id);
		this.#backend = new Mount(this, "Resource", {
			path: transitMount,
			type: "transit",
			description: "Keys of the states that are kept encrypted, and of reviews",
			lifecycle: { preventDestroy: true },
		}).path;
		new TransitSecretBackendKey(this, "review-key", {
			backend: this.#backend,
			name: reviewKey.name,
			lifecycle: { preventDestroy: true },
		});
		for (const owner of stacks) this.addKey(this, `key-${owner}`, { owner });
	}

	/** Adds a state key. Without it, what it encrypted cannot be read. */
	addKey(scope: Construct, id: string, { owner, deletionAllowed = false }: StateKeyProps): void {
		new TransitSecretBackendKey(scope, id, {
			backend: this.#backend,
			name: stateKeyName(owner),
			deletionAllowed,
			// Applies while the key is declared; the key of a removed tenant is deleted because its declaration is
			// gone.
			lifecycle: { preventDestroy: true },
		});
	}
}
