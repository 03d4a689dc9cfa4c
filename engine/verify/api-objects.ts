/** The parts of the API's objects that tell how far a workload is. Source: Kubernetes' API reference, apps/v1 and batch/v1. */

export interface ApiMetadata {
	readonly name: string;
	readonly namespace?: string;
	readonly uid?: string;
	readonly generation?: number;
	readonly deletionTimestamp?: string;
	readonly labels?: Readonly<Record<string, string>>;
	readonly annotations?: Readonly<Record<string, string>>;
	readonly ownerReferences?: readonly { readonly uid?: string }[];
}

export interface Condition {
	readonly type: string;
	readonly status: string;
	readonly reason?: string;
	readonly message?: string;
}

/** Fields of all four kinds: each has some of them. */
export interface ApiWorkload {
	readonly kind: string;
	readonly metadata: ApiMetadata;
	readonly spec?: {
		readonly replicas?: number;
		readonly paused?: boolean;
		readonly suspend?: boolean;
		readonly completions?: number;
		readonly updateStrategy?: {
			readonly type?: string;
			readonly rollingUpdate?: { readonly partition?: number };
		};
	};
	readonly status?: Counts & {
		readonly observedGeneration?: number;
		readonly currentRevision?: string;
		readonly updateRevision?: string;
		readonly conditions?: readonly Condition[];
	};
}

type Counts = Partial<
	Readonly<
		Record<
			| "replicas"
			| "updatedReplicas"
			| "readyReplicas"
			| "availableReplicas"
			| "desiredNumberScheduled"
			| "updatedNumberScheduled"
			| "numberAvailable"
			| "active"
			| "succeeded"
			| "failed",
			number
		>
	>
>;

export interface ContainerStatus {
	readonly name: string;
	readonly image?: string;
	readonly ready?: boolean;
	readonly started?: boolean;
	readonly restartCount?: number;
	readonly state?: ContainerState;
	readonly lastState?: ContainerState;
}

interface ContainerState {
	readonly waiting?: { readonly reason?: string; readonly message?: string };
	readonly running?: object;
	readonly terminated?: { readonly exitCode: number; readonly reason?: string };
}

export interface ApiPod {
	readonly kind?: string;
	readonly metadata: ApiMetadata;
	readonly status?: {
		readonly phase?: string;
		readonly reason?: string;
		readonly message?: string;
		readonly conditions?: readonly Condition[];
		readonly initContainerStatuses?: readonly ContainerStatus[];
		readonly containerStatuses?: readonly ContainerStatus[];
	};
}
