import { EphemeralKubernetesTokenRequestV1 } from "@cdktf/provider-kubernetes/lib/ephemeral-kubernetes-token-request-v1/index.js";
import type { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1/index.js";
import type { Construct } from "constructs";
import { type Duration, days, inSeconds } from "../../config/schema/duration.ts";

export interface EphemeralServiceAccountTokenProps {
	readonly account: ServiceAccountV1;
	/** @default a day */
	readonly lifetime?: Duration;
}

/** A token of a service account, which is in neither plan nor state. */
export class EphemeralServiceAccountToken extends EphemeralKubernetesTokenRequestV1 {
	constructor(
		scope: Construct,
		id: string,
		{ account, lifetime = days(1) }: EphemeralServiceAccountTokenProps,
	) {
		// The id, `namespace/name`, is unknown until the account exists; with arguments that are known the token would
		// be requested during the plan.
		const part = (index: number) => `\${split("/", ${account.fqn}.id)[${index}]}`;
		super(scope, id, {
			metadata: { namespace: part(0), name: part(1) },
			spec: { expirationSeconds: inSeconds(lifetime) },
		});
	}
}
