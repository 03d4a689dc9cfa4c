import type { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1/index.js";
import { TerraformEphemeralResource } from "cdktf";
import type { Construct } from "constructs";
import type { EphemeralValue } from "./ephemeral-vault-secret.ts";

export interface EphemeralServiceAccountTokenProps {
	readonly account: ServiceAccountV1;
	/** Seconds. @default 86400 */
	readonly lifetime?: number;
}

/**
 * A token of a service account that is in neither plan nor state (`kubernetes_token_request_v1`). The bindings predate
 * ephemeral resources.
 */
export class EphemeralServiceAccountToken extends TerraformEphemeralResource {
	static readonly tfResourceType = "kubernetes_token_request_v1";
	readonly #props: EphemeralServiceAccountTokenProps;

	constructor(scope: Construct, id: string, props: EphemeralServiceAccountTokenProps) {
		super(scope, id, {
			terraformResourceType: EphemeralServiceAccountToken.tfResourceType,
			terraformGeneratorMetadata: { providerName: "kubernetes" },
		});
		this.#props = props;
	}

	get value(): EphemeralValue {
		return `\${${this.fqn}.token}` as EphemeralValue;
	}

	protected override synthesizeAttributes(): Record<string, unknown> {
		const { account, lifetime = 86_400 } = this.#props;
		// The id, `namespace/name`, is unknown until the account exists: known arguments would be used during the plan.
		const part = (index: number) => `\${split("/", ${account.fqn}.id)[${index}]}`;
		return {
			metadata: { namespace: part(0), name: part(1) },
			spec: { expiration_seconds: lifetime },
		};
	}
}
