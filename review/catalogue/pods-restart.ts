import { changeClass } from "../finding-class.ts";
import { budgetsFor, templateOf } from "../kubernetes/budgets.ts";
import { kubernetesChange } from "../kubernetes/kubernetes-change.ts";
import { rolloutOf } from "../kubernetes/rollout.ts";

export const podsRestart = changeClass(
	{
		id: "pods-restart",
		risk: "caution",
		reason:
			"Pods stop and start. With one replica, or all at once, nobody answers meanwhile; sessions always end. Disruption budgets hold back drains, and no rollout.",
		remedy: "Apply when an interruption is acceptable, or give the workload more replicas first.",
	},
	function* (change, { after }) {
		const object = kubernetesChange(change);
		const rollout = object && rolloutOf(object);
		if (object === undefined || rollout === undefined) return;
		const template = templateOf(after, object.kind, object.namespace, object.name);
		const covering = template === undefined ? [] : budgetsFor(after, template);
		const budgets = covering
			.filter(({ allowed }) => rollout.down > allowed)
			.map(
				({ name, allowed }) =>
					`; its budget ${name} lets a drain take ${allowed} of them, and holds back no rollout`,
			);
		yield { message: `${rollout.message}${budgets.join("")}`, risk: rollout.gap ? "caution" : "notice" };
	},
);
