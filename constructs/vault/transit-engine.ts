import { Mount } from "@cdktf/provider-vault/lib/mount/index.js";
import { TransitSecretBackendKey } from "@cdktf/provider-vault/lib/transit-secret-backend-key/index.js";
import { Construct } from "constructs";
import { vaultPath } from "./path.ts";
import type { PolicyRule } from "./policy.ts";

/** Path of the engine. */
const path = "transit";

/** Name of the key that encrypts the state of a stack, or of what belongs to a namespace. */
export const stateKeyName = (owner: string) => `sops-state-${owner}`;

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
	/** Stack or namespace that it belongs to. */
	readonly owner: string;
	/** Whether Vault would let it go: set while the owner is on the way out. @default false */
	readonly deletionAllowed?: boolean;
}

/** Encryption as a service, with one key per state that is kept at rest. */
export class TransitEngine extends Construct {
	readonly #backend: string;

	/** @param stacks whose state is encrypted at rest */
	constructor(scope: Construct, id: string, { stacks }: { readonly stacks: readonly string[] }) {
		super(scope, id);
		this.#backend = new Mount(this, "Resource", {
			path,
			type: "transit",
			description: "Keys of the states that are kept encrypted",
			lifecycle: { preventDestroy: true },
		}).path;
		for (const owner of stacks) this.addKey(this, `key-${owner}`, { owner });
	}

	/** A key of its own; without it nothing that it encrypted can be read. */
	addKey(scope: Construct, id: string, { owner, deletionAllowed = false }: StateKeyProps): void {
		new TransitSecretBackendKey(scope, id, {
			backend: this.#backend,
			name: stateKeyName(owner),
			deletionAllowed,
			// Holds while the key is declared: that of a tenant who is removed goes with its declaration.
			lifecycle: { preventDestroy: true },
		});
	}
}
