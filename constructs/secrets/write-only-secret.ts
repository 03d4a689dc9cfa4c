import { SecretV1 } from "@cdktf/provider-kubernetes/lib/secret-v1/index.js";
import { Construct } from "constructs";
import { rollOnChange } from "../kubernetes/annotations.ts";
import type { TieredNamespace } from "../kubernetes/namespace.ts";
import type { EphemeralValue } from "./ephemeral-vault-secret.ts";

export interface WriteOnlySecretProps {
	/** A namespace of a stack, or one that every cluster has. */
	readonly namespace: Pick<TieredNamespace, "name">;
	readonly name: string;
	/** Values by key. A literal would stand in the output in clear, so only ephemeral values fit. */
	readonly data: Readonly<Record<string, EphemeralValue>>;
	/**
	 * Number that grows with every new value. Terraform cannot see a write-only value change: without a new revision
	 * a rotation never reaches the cluster. The version of the KV entry is a good source.
	 */
	readonly revision: number;
	/** @default Opaque */
	readonly type?: string;
	/** Labels that others write on the Secret are left alone. @default false */
	readonly ignoreLabels?: boolean;
	/** Whether data can be reached only with it, and a plan that removes it must stop. @default false */
	readonly opensData?: boolean;
}

/** A Secret whose values exist in the cluster only: not in the plan, not in the state, not in the output. */
export class WriteOnlySecret extends Construct {
	/** Name of the Secret, for references by containers. */
	readonly secretName: string;
	/** For `dependsOn` of others. */
	readonly resource: SecretV1;

	constructor(scope: Construct, id: string, props: WriteOnlySecretProps) {
		super(scope, id);
		const {
			namespace,
			name,
			data,
			revision,
			type = "Opaque",
			ignoreLabels = false,
			opensData = false,
		} = props;
		this.secretName = name;
		this.resource = new SecretV1(this, "Resource", {
			metadata: {
				name,
				namespace: namespace.name,
				annotations: { [rollOnChange.match]: "true" },
			},
			type,
			dataWo: { ...data },
			dataWoRevision: revision,
			...(ignoreLabels || opensData
				? {
						lifecycle: {
							...(ignoreLabels ? { ignoreChanges: ["metadata[0].labels"] } : {}),
							...(opensData ? { preventDestroy: true } : {}),
						},
					}
				: {}),
		});
	}
}
