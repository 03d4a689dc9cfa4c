import { PersistentVolumeClaimV1 } from "@cdktf/provider-kubernetes/lib/persistent-volume-claim-v1/index.js";
import { Construct } from "constructs";
import { formatBytes } from "../../config/schema/primitives.ts";
import { siteOf } from "../site.ts";
import type { TieredNamespace } from "./namespace.ts";
import type { VolumeSource } from "./volume-source.ts";

export interface VolumeSize {
	/** Bytes at creation. */
	readonly size: number;
	/** Bytes at which the autoresizer stops. */
	readonly growTo: number;
}

/** Annotations that the PVC autoresizer reads. Its threshold is the share of FREE space (storage.md section 8). */
export function autoresizeAnnotations(scope: Construct, { growTo }: VolumeSize): Record<string, string> {
	const { freeThreshold, increase } = siteOf(scope).storage.autoresize;
	return {
		"resize.topolvm.io/threshold": freeThreshold,
		"resize.topolvm.io/increase": increase,
		"resize.topolvm.io/storage_limit": formatBytes(growTo),
	};
}

export interface EncryptedClaimProps extends VolumeSize {
	readonly namespace: TieredNamespace;
	/** Service the data belongs to; the claim is named `<name>-data-encrypted`. */
	readonly name: string;
}

/**
 * A block volume on the LUKS2 class for one writer: databases, mail, everything sensitive (storage.md section 2.1).
 * Protected against destruction; growth by the autoresizer is not undone by the next apply.
 */
export class EncryptedClaim extends Construct implements VolumeSource {
	readonly volumeName: string;
	readonly podVolume: NonNullable<VolumeSource["podVolume"]>;

	constructor(scope: Construct, id: string, props: EncryptedClaimProps) {
		super(scope, id);
		const { namespace, name, size } = props;
		const claim = new PersistentVolumeClaimV1(this, "Resource", {
			metadata: {
				name: `${name}-data-encrypted`,
				namespace: namespace.name,
				annotations: autoresizeAnnotations(this, props),
			},
			spec: {
				accessModes: ["ReadWriteOnce"],
				storageClassName: siteOf(this).storage.block.encryptedClass,
				resources: { requests: { storage: formatBytes(size) } },
			},
			// The class binds at the first pod, which does not exist yet.
			waitUntilBound: false,
			lifecycle: { preventDestroy: true, ignoreChanges: ['spec[0].resources[0].requests["storage"]'] },
		});
		this.volumeName = "data";
		this.podVolume = { persistentVolumeClaim: { claimName: claim.metadata.name } };
	}
}
