import { SecretV1 } from "@cdktf/provider-kubernetes/lib/secret-v1/index.js";
import { Construct } from "constructs";
import { rollOnChange } from "../kubernetes/annotations.ts";
import type { TieredNamespace } from "../kubernetes/namespace.ts";
import type { EphemeralValue } from "./ephemeral-vault-secret.ts";

export interface WriteOnlySecretProps {
	/** Namespace: made by a stack, or one that every cluster has. */
	readonly namespace: Pick<TieredNamespace, "name">;
	readonly name: string;
	/** Values by key. A literal would be in the output in clear, so the type accepts ephemeral values only. */
	readonly data: Readonly<Record<string, EphemeralValue>>;
	/**
	 * Revision, increased with every new value. Terraform cannot compare write-only values: without a new revision a
	 * rotated value is not written. Use the version of the KV entry.
	 */
	readonly revision: number;
	/** @default Opaque */
	readonly type?: string;
	/** Whether labels on the Secret are ignored, because other programs write them. @default false */
	readonly ignoreLabels?: boolean;
	/** Whether data cannot be read without it, so that its destruction must be prevented. @default false */
	readonly opensData?: boolean;
}

/** A Secret whose values exist in the cluster only: in no plan, no state and no output. */
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
