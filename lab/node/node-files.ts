import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nodesFolder } from "../cluster-network/network.ts";
import type { LabProgram } from "../control-plane.ts";
import { pauseImage } from "./node-images.ts";
import { realNode } from "./placement.ts";
import { runtimeAnswers } from "./runtime-answers.ts";

/** Ports of what serves the nodes in their network; see `keeper.ts`. Those on the nodes' address are the usual ones. */
export const keeperPorts = { egress: 65_010, images: 65_005, api: 6443 } as const;

/** Folder of the network plugins, as Debian's package has it. */
export const networkPlugins = "/usr/lib/cni";

/** Network of the pods of all nodes, in CIDR notation. */
export const podsOfNodes = "10.88.0.0/16";

/** Network of the nodes, in CIDR notation. */
const nodes = "10.77.0.0/24";

/** Domain and name server of the cluster. */
export interface ClusterNames {
	readonly domain: string;
	readonly address: string;
}

/** A node that runs containers: a container runtime and a kubelet, in the network of nodes. */
export class RealNode {
	readonly name: string;
	readonly address: string;
	/** Its end of the link to each of its pods. */
	readonly gateway: string;
	readonly #number: number;
	readonly #folder: string;

	/**
	 * @param number from 1
	 * @param folder of all nodes, as the machine sees it
	 */
	constructor(number: number, folder: string) {
		this.name = `real-${number}`;
		this.address = `10.77.0.${number}`;
		this.gateway = `10.88.${number}.1`;
		this.#number = number;
		this.#folder = join(folder, this.name);
	}

	/**
	 * Writes configurations.
	 *
	 * @param group cgroup of the node, as a path from the root of each hierarchy
	 */
	write(names: ClusterNames, group: string): void {
		mkdirSync(this.#folder, { recursive: true });
		for (const folder of ["network", "registries/_default", "plugins"])
			mkdirSync(join(this.#folder, folder), { recursive: true });
		this.#write("resolv.conf", "");
		this.#write("containerd.toml", this.#containerdConfig());
		this.#write(
			"registries/_default/hosts.toml",
			`[host."http://127.0.0.1:${keeperPorts.images}"]\ncapabilities = ["pull", "resolve"]\n`,
		);
		this.#write("network/lab.conflist", JSON.stringify(this.#networkConfig()));
		this.#write("kubelet.json", JSON.stringify(this.#kubeletConfig(names, group)));
	}

	/** @param inside command that runs another one in the network of the nodes */
	containerd(inside: readonly string[]): LabProgram {
		return {
			names: ["containerd"],
			prefix: inside,
			args: ["--config", this.#inside("containerd.toml"), "--log-level", "warn"],
		};
	}

	/** @param kubeconfig of an administrator */
	kubelet(inside: readonly string[], kubeconfig: string): LabProgram {
		const flags = {
			config: this.#inside("kubelet.json"),
			kubeconfig,
			"root-dir": this.#inside("kubelet"),
			"cert-dir": this.#inside("certificates"),
			"hostname-override": this.name,
			"node-ip": this.address,
			"node-labels": `${realNode}=true`,
		};
		return {
			names: ["kubelet"],
			prefix: inside,
			args: Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`),
		};
	}

	/**
	 * Whether a kubelet can be started.
	 *
	 * @param root root of the nodes' tree of mounts, as the machine sees it
	 */
	runtimeAnswers(root: string): Promise<boolean> {
		return runtimeAnswers(join(root, this.#socket));
	}

	get #socket(): string {
		return `/run/${this.name}/containerd.sock`;
	}

	#inside(name: string): string {
		return `${nodesFolder}/${this.name}/${name}`;
	}

	#write(name: string, text: string): void {
		writeFileSync(join(this.#folder, name), text);
	}

	#containerdConfig(): string {
		const cri = 'plugins."io.containerd.grpc.v1.cri"';
		return `version = 2
root = "${this.#inside("containerd")}"
state = "/run/${this.name}/containerd"
[grpc]
address = "${this.#socket}"
# Otherwise it makes a folder in the machine's /opt.
[plugins."io.containerd.internal.v1.opt"]
path = "/run/${this.name}/opt"
[${cri}]
sandbox_image = "${pauseImage}"
# Without CAP_SYS_RESOURCE a lower one than the own cannot be set.
restrict_oom_score_adj = true
[${cri}.containerd]
snapshotter = "overlayfs"
[${cri}.containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[${cri}.containerd.runtimes.runc.options]
SystemdCgroup = false
[${cri}.cni]
bin_dir = "${networkPlugins}"
conf_dir = "${this.#inside("network")}"
[${cri}.registry]
config_path = "${this.#inside("registries")}"
`;
	}

	/** A route to each pod: with a bridge, answers of one pod to another would pass by kube-proxy. */
	#networkConfig(): object {
		const ipam = {
			type: "host-local",
			dataDir: `/run/${this.name}/leases`,
			ranges: [[{ subnet: `10.88.${this.#number}.0/24` }]],
			routes: [{ dst: "0.0.0.0/0" }],
		};
		return { cniVersion: "1.0.0", name: "lab", plugins: [{ type: "ptp", ipMasq: false, ipam }] };
	}

	#kubeletConfig(names: ClusterNames, group: string): object {
		return {
			apiVersion: "kubelet.config.k8s.io/v1beta1",
			kind: "KubeletConfiguration",
			address: this.address,
			healthzBindAddress: this.address,
			// Only the API server reaches it.
			authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
			authorization: { mode: "AlwaysAllow" },
			containerRuntimeEndpoint: `unix://${this.#socket}`,
			cgroupDriver: "cgroupfs",
			cgroupRoot: group,
			failCgroupV1: false,
			failSwapOn: false,
			enforceNodeAllocatable: [],
			oomScoreAdj: 0,
			makeIPTablesUtilChains: false,
			seccompDefault: true,
			clusterDomain: names.domain,
			clusterDNS: [names.address],
			resolvConf: this.#inside("resolv.conf"),
			podLogsDir: this.#inside("logs"),
			volumePluginDir: this.#inside("plugins"),
			serializeImagePulls: false,
			imageGCHighThresholdPercent: 100,
			evictionHard: { "memory.available": "50Mi", "nodefs.available": "1%", "imagefs.available": "1%" },
			// What runs here is said by the policy of placement.
			registerWithTaints: [{ key: realNode, effect: "NoSchedule" }],
		};
	}
}

/** kube-proxy of all nodes, which share a network. @param file where its configuration is written */
export function kubeProxy(
	file: string,
	{ name, address }: RealNode,
	kubeconfig: string,
	inside: readonly string[],
): LabProgram {
	const config = {
		apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
		kind: "KubeProxyConfiguration",
		mode: "nftables",
		hostnameOverride: name,
		bindAddress: address,
		healthzBindAddress: `${address}:10256`,
		clusterCIDR: podsOfNodes,
		// Ports of nodes answer at each of them, not only at the one that it is named after.
		nodePortAddresses: [nodes],
		clientConnection: { kubeconfig },
		// Otherwise it sets the machine's.
		conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
		oomScoreAdj: 0,
	};
	writeFileSync(file, JSON.stringify(config));
	return { names: ["kube-proxy"], prefix: inside, args: [`--config=${file}`] };
}
