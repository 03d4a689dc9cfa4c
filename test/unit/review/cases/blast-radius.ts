import { worldOf } from "../../../policy/world.ts";
import { planned, replace, update, workload } from "../planned.ts";
import type { ClassCases } from "./class-cases.ts";
import { deployment, pair, passwordRead } from "./web.ts";

const consumed = {
	...passwordRead,
	stacks: passwordRead.stacks.map((stack) => ({
		...stack,
		endpoints:
			stack.stack === "first"
				? { produced: { front: { host: "front.shop.svc.cluster.local", ports: { http: 80 } } }, consumed: [] }
				: { produced: {}, consumed: ["front"] },
	})),
};
const service = (port: number) => ({
	metadata: [{ name: "front", namespace: "shop" }],
	spec: [{ port: [{ port }] }],
});

/** A world whose first stack serves an endpoint at a port, by a chart, and whose second one uses some. */
const served = (port: number | undefined, used: readonly string[]) => {
	const world = worldOf({}, {});
	const front = { host: "front.shop.svc.cluster.local", ports: { http: port ?? 0 } };
	return {
		...world,
		stacks: world.stacks.map((stack) => ({
			...stack,
			endpoints:
				stack.stack === "first"
					? { produced: port === undefined ? {} : { front }, consumed: [] }
					: { produced: {}, consumed: used },
		})),
	};
};

export const blastRadius: ClassCases = {
	finds: {
		"a chart serves an endpoint at another port": {
			planned: planned({ before: served(80, ["front"]), after: served(81, ["front"]) }),
			findings: [
				"caution: front is served at front.shop.svc.cluster.local (http 81), and no more at front.shop.svc.cluster.local (http 80): it is used by second",
			],
		},
		"an endpoint goes that a stack uses until it is deployed": {
			planned: planned({ before: served(80, ["front"]), after: served(undefined, []) }),
			findings: [
				"caution: front is served no longer, and no more at front.shop.svc.cluster.local (http 80): it is used by second (until it is deployed)",
				"notice: front is no longer used by second",
			],
		},
		"pods restart that a stack uses until it is deployed": {
			planned: planned({
				before: consumed,
				after: { ...consumed, stacks: consumed.stacks.filter(({ stack }) => stack === "first") },
				resource_changes: [update(deployment, ...pair({ replicas: "3" }))],
			}),
			findings: [
				"caution: front is used by second (until it is deployed)",
				"notice: front is no longer used by second",
			],
		},
		"pods restart, and the Service in front of them changes": {
			planned: planned({
				after: consumed,
				resource_changes: [
					update(deployment, ...pair({ replicas: "3" })),
					update("kubernetes_service_v1.it", service(80), service(81)),
				],
			}),
			findings: ["caution: front is used by second", "caution: front is used by second"],
		},
	},
	passes: {
		"an endpoint that nobody else uses is served elsewhere": planned({
			before: served(80, []),
			after: served(81, []),
		}),
		"an endpoint is served where it was": planned({
			before: served(80, ["front"]),
			after: served(80, ["front"]),
		}),
		"nobody else uses it": planned({
			after: passwordRead,
			resource_changes: [update(deployment, ...pair({ replicas: "3" }))],
		}),
		"pods of the same name restart in another namespace": planned({
			after: consumed,
			resource_changes: [
				replace(
					deployment,
					{ ...workload("web", {}), metadata: [{ name: "web", namespace: "other" }] },
					{ ...workload("web", {}), metadata: [{ name: "web", namespace: "other" }] },
				),
			],
		}),
	},
};
