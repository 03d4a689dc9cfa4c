import { Annotations } from "@cdktf/provider-kubernetes/lib/annotations/index.js";
import { StatefulSetV1 } from "@cdktf/provider-kubernetes/lib/stateful-set-v1/index.js";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { siteOf } from "../site.ts";
import { type BlockVolume, blockClaim } from "./claim.ts";
import type { TieredNamespace } from "./namespace.ts";
import { type PodProps, renderPodTemplate } from "./pod.ts";
import type { VolumeSource } from "./volume-source.ts";
import { type PodSet, portsOf, workloadMetadata } from "./workload.ts";

export interface StatefulWorkloadProps extends PodProps {
	readonly namespace: TieredNamespace;
	/** Name of the object, prefix of its pods, and value of the label `app` that selects them. */
	readonly name: string;
	readonly replicas: number;
	/** Headless Service that gives each pod its name. */
	readonly serviceName: string;
	/** Block volume of each pod. Its claims are named `<volumeName>-<pod>`; containers mount it as `<volumeName>`. */
	readonly volume: BlockVolume & VolumeSource;
	readonly dependsOn?: readonly ITerraformDependable[];
}

/**
 * A StatefulSet whose pods each have a block volume. Pods start in parallel: with ordered starts, one pod that cannot
 * become ready would block the update that repairs it (docs/decisions/0002-own-stateful-set-for-redis.md). How its
 * volumes grow is written to each claim as well: the template of a set that exists cannot change.
 */
export class StatefulWorkload extends Construct implements PodSet {
	readonly namespace: TieredNamespace;
	readonly name: string;
	readonly replicas: number;
	readonly selector: Readonly<Record<string, string>>;
	readonly ports: Readonly<Record<string, number>>;
	/** For `dependsOn` of others. */
	readonly resource: StatefulSetV1;

	constructor(scope: Construct, id: string, props: StatefulWorkloadProps) {
		super(scope, id);
		const { namespace, name, replicas, serviceName, volume, dependsOn } = props;
		this.namespace = namespace;
		this.name = name;
		this.replicas = replicas;
		this.selector = { app: name };
		this.ports = portsOf(props);
		const claim = blockClaim(siteOf(this), volume);
		this.resource = new StatefulSetV1(this, "Resource", {
			metadata: workloadMetadata(namespace, name),
			spec: {
				replicas: String(replicas),
				serviceName,
				podManagementPolicy: "Parallel",
				selector: { matchLabels: { ...this.selector } },
				updateStrategy: [{ type: "RollingUpdate" }],
				persistentVolumeClaimRetentionPolicy: [{ whenDeleted: "Retain", whenScaled: "Retain" }],
				template: renderPodTemplate({ ...this.selector }, props),
				volumeClaimTemplate: [
					{
						metadata: { name: volume.volumeName, annotations: claim.annotations },
						spec: claim.spec,
					},
				],
			},
			// The API server refuses changes of a template, and the provider does not even send them.
			lifecycle: {
				preventDestroy: true,
				ignoreChanges: ["spec[0].volume_claim_template[0].metadata[0].annotations"],
			},
			...(dependsOn ? { dependsOn: [...dependsOn] } : {}),
		});
		for (let ordinal = 0; ordinal < replicas; ordinal++)
			new Annotations(this, `growth-${ordinal}`, {
				apiVersion: "v1",
				kind: "PersistentVolumeClaim",
				metadata: { name: `${volume.volumeName}-${name}-${ordinal}`, namespace: namespace.name },
				annotations: claim.annotations,
				// A claim is born with the annotations of its template, which belong to the controller of the set.
				force: true,
				dependsOn: [this.resource],
			});
	}
}
