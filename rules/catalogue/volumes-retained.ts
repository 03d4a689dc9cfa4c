import { localPathProvisioner } from "../../constructs/storage/local-path/provisioner-name.ts";
import { block } from "../../world/blocks.ts";
import { resourceRule } from "../rule.ts";

export const volumesRetained = resourceRule(
	{
		id: "volumes-retained",
		severity: "error",
		reason: "A claim that is deleted by mistake takes its data with it where the volume is not retained.",
		remedy: "Set the reclaim policy to Retain. Only volumes on a node itself are worth less than the room.",
	},
	function* check({ mode, type, arguments: given }) {
		if (mode !== "resource") return;
		// The API server's default is Delete for classes, the provider's is Retain for volumes.
		const { reclaim_policy = "Delete", storage_provisioner } = given;
		if (/^kubernetes_storage_class(_v1)?$/.test(type)) {
			if (reclaim_policy !== "Retain" && storage_provisioner !== localPathProvisioner)
				yield {
					argument: "reclaim_policy",
					message: `volumes of the class are treated by ${reclaim_policy}`,
				};
		} else if (/^kubernetes_persistent_volume(_v1)?$/.test(type)) {
			const { persistent_volume_reclaim_policy: policy = "Retain" } = block(given.spec);
			if (policy !== "Retain")
				yield {
					argument: "spec.persistent_volume_reclaim_policy",
					message: `the volume is treated by ${policy}`,
				};
		}
	},
);
