import { Construct } from "constructs";
import { type Duration, formatDuration } from "../../config/schema/duration.ts";
import { MiB } from "../../config/schema/quantity.ts";
import { tiers } from "../../config/tiers.ts";
import { type ChartResources, chartResources } from "../kubernetes/chart-resources.ts";
import { HelmChart } from "../kubernetes/helm-chart.ts";
import { TieredNamespace } from "../kubernetes/namespace.ts";
import { siteOf } from "../site.ts";

export interface AutoresizerProps {
	/** Base URL of Prometheus, which knows how full each volume is. */
	readonly prometheus: string;
}

/** Its image runs as user 10000 and writes no file; the chart sets none of this. */
const podConfined = { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } } as const;
const confined = {
	allowPrivilegeEscalation: false,
	capabilities: { drop: ["ALL"] },
	readOnlyRootFilesystem: true,
} as const;

/** Keys of the chart `pvc-autoresizer` 0.19 that are set here. */
export interface AutoresizerValues {
	readonly controller: {
		readonly podAnnotations: Readonly<Record<string, string>>;
		readonly args: { readonly prometheusURL: string; readonly interval: string };
		readonly resources: ChartResources;
		readonly podSecurityContext: typeof podConfined;
		readonly securityContext: typeof confined;
	};
	readonly webhook: {
		readonly certificate: { readonly generate: boolean };
		readonly pvcMutatingWebhook: { readonly enabled: boolean };
	};
}

export function autoresizerValues({ prometheus }: AutoresizerProps, interval: Duration): AutoresizerValues {
	return {
		controller: {
			podAnnotations: { "prometheus.io/scrape": "true", "prometheus.io/port": "8080" },
			args: { prometheusURL: prometheus, interval: formatDuration(interval) },
			resources: chartResources(128 * MiB),
			podSecurityContext: podConfined,
			securityContext: confined,
		},
		// There is no cert-manager. The webhook only derives first sizes of claims in a group, which are not used here.
		webhook: { certificate: { generate: true }, pvcMutatingWebhook: { enabled: false } },
	};
}

/** Grows volumes before they are full (docs/reference/storage.md#growth); `growth.ts` has the policy. */
export class Autoresizer extends Construct {
	readonly namespace: TieredNamespace;

	constructor(scope: Construct, id: string, props: AutoresizerProps) {
		super(scope, id);
		const { storage } = siteOf(this);
		this.namespace = new TieredNamespace(this, "namespace", {
			name: "pvc-autoresizer",
			tier: tiers.cluster,
		});
		new HelmChart(this, "chart", {
			namespace: this.namespace,
			name: "pvc-autoresizer",
			chart: storage.charts.autoresizer,
			values: autoresizerValues(props, storage.autoresize.interval),
		});
	}
}
