import { DeploymentV1 } from "@cdktf/provider-kubernetes/lib/deployment-v1/index.js";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { rollOnChange } from "./annotations.ts";
import type { NamespaceReference } from "./namespace.ts";
import { type PodProps, renderPodTemplate } from "./pod.ts";

export interface WorkloadProps extends PodProps {
	readonly namespace: NamespaceReference;
	/** Name of the object, and value of the label `app` that selects its pods. */
	readonly name: string;
	readonly replicas: number;
	/** `Recreate` for a single writer of a volume. @default RollingUpdate, never below `replicas` */
	readonly strategy?: "RollingUpdate" | "Recreate";
	/** Objects to be made before it. */
	readonly dependsOn?: readonly ITerraformDependable[];
}

/** A set of pods, as Services, disruption budgets and network policies refer to it. */
export interface PodSet {
	readonly namespace: NamespaceReference;
	readonly name: string;
	readonly replicas: number;
	/** Labels that select exactly these pods. */
	readonly selector: Readonly<Record<string, string>>;
	/** Port numbers by name, over all containers. */
	readonly ports: Readonly<Record<string, number>>;
}

/** Metadata of every workload: its tier, and the annotation by which Reloader restarts it. */
export function workloadMetadata(namespace: NamespaceReference, name: string) {
	return {
		name,
		namespace: namespace.name,
		labels: { app: name, tier: namespace.tier },
		annotations: { [rollOnChange.search]: "true" },
	};
}

/** Port numbers by name over all containers of a pod. */
export function portsOf({ containers }: Pick<PodProps, "containers">): Readonly<Record<string, number>> {
	return Object.assign({}, ...containers.map(({ ports }) => ports ?? {}));
}

/** A Deployment: interchangeable pods without volumes of their own. */
export class Workload extends Construct implements PodSet {
	readonly namespace: NamespaceReference;
	readonly name: string;
	readonly replicas: number;
	readonly selector: Readonly<Record<string, string>>;
	readonly ports: Readonly<Record<string, number>>;
	/** For `dependsOn` of others. */
	readonly resource: DeploymentV1;

	constructor(scope: Construct, id: string, props: WorkloadProps) {
		super(scope, id);
		const { namespace, name, replicas, strategy = "RollingUpdate", dependsOn } = props;
		this.namespace = namespace;
		this.name = name;
		this.replicas = replicas;
		this.selector = { app: name };
		this.ports = portsOf(props);
		this.resource = new DeploymentV1(this, "Resource", {
			metadata: workloadMetadata(namespace, name),
			spec: {
				replicas: String(replicas),
				selector: { matchLabels: { ...this.selector } },
				strategy: {
					type: strategy,
					...(strategy === "RollingUpdate" ? { rollingUpdate: { maxUnavailable: "0", maxSurge: "1" } } : {}),
				},
				template: renderPodTemplate({ ...this.selector }, props),
			},
			...(dependsOn ? { dependsOn: [...dependsOn] } : {}),
		});
	}
}
