import { Release } from "@cdktf/provider-helm/lib/release/index.js";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { ChartSource } from "../../config/schema/chart.ts";
import { literal } from "../../world/literal.ts";
import { waiveInRelease } from "../../world/waiver.ts";
import { fromStackFolder } from "../stack-folder.ts";
import type { TieredNamespace } from "./namespace.ts";

export interface HelmChartProps<Values extends object> {
	readonly namespace: TieredNamespace;
	/** Name of the release. */
	readonly name: string;
	readonly chart: ChartSource;
	/**
	 * Values of the chart. Use an interface of the keys that are set: Helm ignores keys that it does not know. Never
	 * secrets: values are stored in the state.
	 */
	readonly values: Values;
	/** Whether a failed upgrade is rolled back and a failed installation removed. @default true */
	readonly atomic?: boolean;
	/** Seconds that the objects of the release may take to become ready. @default 300 */
	readonly timeoutSeconds?: number;
	/** Objects to be made before the release. */
	readonly dependsOn?: readonly ITerraformDependable[];
}

/** A Helm release at a fixed version. */
export class HelmChart<Values extends object> extends Construct {
	/** For `dependsOn` of others. */
	readonly resource: Release;

	constructor(scope: Construct, id: string, props: HelmChartProps<Values>) {
		super(scope, id);
		const { namespace, name, chart: source, values, atomic = true, timeoutSeconds = 300, dependsOn } = props;
		const { repository, chart, version } = source;
		this.resource = new Release(this, "Resource", {
			name,
			namespace: namespace.name,
			...(repository === undefined ? { chart: fromStackFolder(chart) } : { repository, chart }),
			version,
			values: [literal(JSON.stringify(values))],
			atomic,
			createNamespace: false,
			timeout: timeoutSeconds,
			...(dependsOn ? { dependsOn: [...dependsOn] } : {}),
		});
	}

	/**
	 * Exempts objects of the chart from a rule: `test/e2e/charts` renders charts that are there, and judges what they make.
	 *
	 * @param objects kind and name of each, such as `DaemonSet/csi-nfs-node`
	 */
	waive(rule: string, objects: readonly string[], justification: string): void {
		for (const object of objects) waiveInRelease(this.resource, rule, object, justification);
	}
}
