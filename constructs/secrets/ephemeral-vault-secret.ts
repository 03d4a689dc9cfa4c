import { type ITerraformDependable, TerraformEphemeralResource } from "cdktf";
import type { Construct } from "constructs";
import { siteOf } from "../site.ts";

declare const ephemeral: unique symbol;

/** Expression of a value that exists during a run only. Made by ephemeral resources; a literal is none. */
export type EphemeralValue = string & { readonly [ephemeral]: true };

export interface EphemeralVaultSecretProps {
	/** Path of the entry below the site's KV mount. */
	readonly path: string;
	/** Version to read. @default the newest at the time of the apply */
	readonly version?: number;
	readonly dependsOn?: readonly ITerraformDependable[];
}

/**
 * Reads an entry of Vault's KV version 2 engine without keeping it: the value is in neither plan nor state and can
 * only go into write-only arguments. The prebuilt bindings predate ephemeral resources, so this one is written here
 * (`vault_kv_secret_v2` of the Vault provider, 5.10).
 */
export class EphemeralVaultSecret extends TerraformEphemeralResource {
	/** As in generated bindings: it puts the type among those whose schema is kept. */
	static readonly tfResourceType = "vault_kv_secret_v2";
	readonly #props: EphemeralVaultSecretProps;
	readonly #mount: string;

	constructor(scope: Construct, id: string, props: EphemeralVaultSecretProps) {
		super(scope, id, {
			terraformResourceType: EphemeralVaultSecret.tfResourceType,
			terraformGeneratorMetadata: { providerName: "vault" },
			...(props.dependsOn ? { dependsOn: [...props.dependsOn] } : {}),
		});
		this.#props = props;
		this.#mount = siteOf(scope).vault.kvMount;
	}

	/** Expression for one key of the entry. */
	value(key: string): EphemeralValue {
		return `\${${this.fqn}.data["${key}"]}` as EphemeralValue;
	}

	protected override synthesizeAttributes(): Record<string, unknown> {
		const { path, version } = this.#props;
		return { mount: this.#mount, name: path, ...(version === undefined ? {} : { version }) };
	}
}
