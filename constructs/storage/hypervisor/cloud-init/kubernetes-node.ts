import { stringify } from "yaml";
import { inSeconds } from "../../../../config/schema/duration.ts";
import type { Site } from "../../../../config/schema/site.ts";
import { type CloudConfig, dockerSource, extend, fileAt } from "./cloud-config.ts";
import { kubeletConfig } from "./kubelet-config.ts";
import { plainMachine } from "./plain-machine.ts";
import { registryHosts } from "./registry-hosts.ts";

/**
 * A machine that is ready to join the cluster (docs/reference/storage.md#machines). It does not join by itself, since
 * the token would be in the snippet and in the state. The operator runs the output of `kubeadm token create
 * --print-join-command` on it by SSH.
 */
export function kubernetesNodeConfig({ hypervisor, network }: Site): CloudConfig {
	const { version, swap, shutdown } = hypervisor.kubernetesNode;
	return extend(plainMachine, {
		apt: {
			sources: {
				"docker.list": dockerSource,
				"kubernetes.list": {
					source: `deb [signed-by=$KEY_FILE] https://pkgs.k8s.io/core:/stable:/${version}/deb/ /`,
					keyid: "DE15B14486CD377B9E876E1A234654DA9A296436",
				},
			},
		},
		packages: ["containerd.io", "kubeadm", "kubectl", "kubelet"],
		swap: { filename: "/swap.img", size: swap, maxsize: swap },
		write_files: [
			fileAt("/etc/modules-load.d/kubernetes.conf", "kubernetes-modules.conf"),
			fileAt("/etc/sysctl.d/90-kubernetes.conf", "kubernetes-sysctl.conf"),
			fileAt("/etc/containerd/config.toml", "containerd.toml"),
			...registryHosts(hypervisor.imageRegistry, network),
			fileAt("/etc/default/kubelet", "kubelet-default"),
			{
				path: "/etc/kubernetes/kubelet.conf.d/10-machine.conf",
				content: stringify(kubeletConfig(hypervisor.kubernetesNode)),
			},
			{
				path: "/etc/systemd/system/kubelet.service.d/20-shutdown.conf",
				content: `[Service]\nTimeoutStopSec=${inSeconds(shutdown.kubeletStop)}\n`,
			},
			{
				path: "/etc/systemd/logind.conf.d/10-shutdown.conf",
				content: `[Login]\nInhibitDelayMaxSec=${inSeconds(shutdown.inhibitDelay)}\n`,
			},
			fileAt("/etc/tmpfiles.d/reboot-gate.conf", "reboot-gate.conf"),
		],
		runcmd: [
			["systemctl", "restart", "systemd-modules-load", "systemd-logind"],
			["sysctl", "--system"],
			["systemd-tmpfiles", "--create", "/etc/tmpfiles.d/reboot-gate.conf"],
			// An unattended upgrade of the kernel has taken containerd down for a day; nodes are upgraded one by one.
			["apt-get", "purge", "--yes", "unattended-upgrades"],
			["apt-mark", "hold", "containerd.io", "kubeadm", "kubectl", "kubelet"],
			["systemctl", "restart", "containerd"],
			["systemctl", "enable", "kubelet"],
		],
	});
}
