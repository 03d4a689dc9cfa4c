import { EphemeralVaultKvSecretV2 } from "@cdktf/provider-vault/lib/ephemeral-vault-kv-secret-v2/index.js";
import type { ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";
import { defined } from "../../config/schema/defined.ts";
import type { EphemeralString } from "../../providers/bindings/types.ts";
import { siteOf } from "../site.ts";

/**
 * Expression of an ephemeral value: it exists during a run only. Ephemeral resources make them; a literal is not
 * assignable.
 */
export type EphemeralValue = EphemeralString;

export interface EphemeralVaultSecretProps {
	/** Path of the entry below the site's KV mount. */
	readonly path: string;
	/** Version to read. @default the newest at the time of the apply */
	readonly version?: number;
	readonly dependsOn?: readonly ITerraformDependable[];
}

/**
 * Reads an entry of the site's KV engine: the value is in neither plan nor state, and write-only arguments alone accept
 * it.
 */
export class EphemeralVaultSecret extends EphemeralVaultKvSecretV2 {
	constructor(scope: Construct, id: string, { path, version, dependsOn }: EphemeralVaultSecretProps) {
		super(scope, id, {
			mount: siteOf(scope).vault.kvMount,
			name: path,
			...defined({ version }),
			...(dependsOn === undefined ? {} : { dependsOn: [...dependsOn] }),
		});
	}

	/** Expression for one key of the entry. It may be put into a larger one, without the marks around it. */
	value(key: string): EphemeralValue {
		return `\${${this.data.lookup(key)}}` as EphemeralValue;
	}
}
