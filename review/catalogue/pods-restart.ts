import { changeClass } from "../finding-class.ts";
import { kubernetesChange } from "../kubernetes/kubernetes-change.ts";
import { rolloutOf } from "../kubernetes/rollout.ts";

export const podsRestart = changeClass(
	{
		id: "pods-restart",
		risk: "caution",
		reason:
			"Pods stop and start. With one replica, or all at once, nobody answers meanwhile; sessions always end.",
		remedy: "Apply when an interruption is acceptable, or give the workload more replicas first.",
	},
	function* (change) {
		const object = kubernetesChange(change);
		const rollout = object && rolloutOf(object);
		if (rollout !== undefined) yield { message: rollout.message, risk: rollout.gap ? "caution" : "notice" };
	},
);
