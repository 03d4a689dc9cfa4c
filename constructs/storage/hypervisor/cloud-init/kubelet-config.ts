import { inSeconds } from "../../../../config/schema/duration.ts";
import type { Site } from "../../../../config/schema/site.ts";

/**
 * Settings of the kubelet that depend on the machine (KubeletConfiguration v1beta1), for its drop-in folder.
 *
 * Eviction thresholds are generous: a full disk has corrupted the image store of containerd.
 */
export function kubeletConfig({ shutdown }: Site["hypervisor"]["kubernetesNode"]): object {
	return {
		apiVersion: "kubelet.config.k8s.io/v1beta1",
		kind: "KubeletConfiguration",
		serializeImagePulls: false,
		maxParallelImagePulls: 50,
		systemReserved: { cpu: "200m", memory: "512Mi" },
		kubeReserved: { cpu: "200m", memory: "512Mi" },
		evictionHard: { "memory.available": "500Mi", "nodefs.available": "15%", "imagefs.available": "20%" },
		evictionSoft: { "memory.available": "1Gi", "nodefs.available": "20%", "imagefs.available": "25%" },
		evictionSoftGracePeriod: {
			"memory.available": "30s",
			"nodefs.available": "60s",
			"imagefs.available": "30s",
		},
		failSwapOn: false,
		memorySwap: { swapBehavior: "LimitedSwap" },
		containerLogMaxSize: "10Mi",
		containerLogMaxFiles: 3,
		shutdownGracePeriodByPodPriority: shutdown.pods.map(({ priority, grace }) => ({
			priority,
			shutdownGracePeriodSeconds: inSeconds(grace),
		})),
	};
}
