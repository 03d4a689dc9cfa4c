import { isIPv4 } from "node:net";

/** The parts of objects of the API that are read here. */
export interface ClusterObjects {
	readonly services: readonly {
		readonly metadata: Name;
		readonly spec: {
			readonly clusterIP?: string;
			readonly ports?: readonly { readonly name?: string; readonly port: number }[];
		};
	}[];
	readonly slices: readonly {
		readonly metadata: Name & { readonly labels?: Readonly<Record<string, string>> };
		readonly endpoints?:
			| readonly {
					readonly addresses: readonly string[];
					readonly conditions?: { readonly ready?: boolean };
					readonly targetRef?: { readonly kind: string; readonly name: string };
			  }[]
			| null;
		readonly ports?: readonly { readonly name?: string; readonly port?: number }[] | null;
	}[];
	readonly pods: readonly {
		readonly metadata: Name & { readonly annotations?: Readonly<Record<string, string>> };
	}[];
}

interface Name {
	readonly name: string;
	readonly namespace: string;
}

/** A pod that answers at an address. */
export interface Answerer {
	readonly namespace: string;
	readonly service: string;
	/** Empty for an endpoint without a pod. */
	readonly pod: string;
	/** Annotation `lab/answer` of the pod. */
	readonly answer: string | undefined;
}

/** Who answers at which address and port: ready endpoints, and the Services in front of them. */
export type Directory = ReadonlyMap<string, Answerer>;

export const addressOf = (address: string, port: number) => `${address}:${port}`;

/** What kube-proxy and the network plugin would lead to: the first ready endpoint stands for all of a Service. */
export function directoryOf({ services, slices, pods }: ClusterObjects): Directory {
	const answers = new Map(
		pods.map(({ metadata }) => [
			`${metadata.namespace}/${metadata.name}`,
			metadata.annotations?.["lab/answer"],
		]),
	);
	const directory = new Map<string, Answerer>();
	for (const { metadata, endpoints, ports } of slices) {
		const { namespace, labels = {} } = metadata;
		const service = labels["kubernetes.io/service-name"] ?? "";
		const own = services.find(
			(one) => one.metadata.namespace === namespace && one.metadata.name === service,
		)?.spec;
		for (const { addresses, conditions, targetRef } of endpoints ?? []) {
			if (conditions?.ready === false) continue;
			const pod = targetRef?.kind === "Pod" ? targetRef.name : "";
			const answerer = { namespace, service, pod, answer: answers.get(`${namespace}/${pod}`) };
			for (const { name, port } of ports ?? []) {
				if (port === undefined) continue;
				for (const address of addresses) directory.set(addressOf(address, port), answerer);
				for (const front of own?.ports ?? []) {
					if ((front.name ?? "") !== (name ?? "") || !isIPv4(own?.clusterIP ?? "")) continue;
					const address = addressOf(own?.clusterIP ?? "", front.port);
					if (!directory.has(address)) directory.set(address, answerer);
				}
			}
		}
	}
	return directory;
}
