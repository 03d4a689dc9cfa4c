import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Site } from "../../config/schema/site.ts";
import { ClusterNetwork, type Door, nodesFolder, sockets } from "../cluster-network/network.ts";
import { freePort } from "../free-port.ts";
import { type ApiAccess, askApi, ensure } from "../kubernetes-api.ts";
import type { LabPrograms } from "../lab-programs.ts";
import { coreDnsReady, prepareCoreDns } from "../products/coredns.ts";
import { traefikPorts } from "../products/traefik.ts";
import type { KeeperSettings } from "./keeper.ts";
import { keeperPorts, kubeProxy, RealNode } from "./node-files.ts";
import { groupOf, makeGroups } from "./node-groups.ts";
import { type NodeImage, nodeImages } from "./node-images.ts";
import { placementFlags, placePods, realNode } from "./placement.ts";

/** Hosts of the Internet, which the cluster can look up: servers of mail take none of those without a name. */
export const internet = { "client.example.net": "203.0.113.77", "example.net": "203.0.113.78" } as const;

/** What the nodes are started in. */
export interface NodesWorld {
	readonly access: ApiAccess;
	/** Of an administrator. */
	readonly kubeconfig: string;
	readonly site: Site;
	readonly programs: LabPrograms;
}

/** Folder of their network, below their own. */
const networkFolder = "network";

const answers = async (port: number | undefined, path: string) =>
	(await fetch(`http://127.0.0.1:${port}/${path}`, { signal: AbortSignal.timeout(1000) })).ok;

/**
 * Nodes that run containers beside the simulated ones: a container runtime and a kubelet each, kube-proxy and CoreDNS
 * for all, in a network, a tree of mounts and a space of processes of their own, which end with the first of them.
 */
export class RealNodes {
	readonly #folder: string;
	readonly #group: string;
	readonly #nodes: readonly RealNode[];
	readonly #doors: Readonly<Record<string, Door>>;

	private constructor(labFolder: string, count: number, doors: Readonly<Record<string, Door>>) {
		this.#folder = join(labFolder, "nodes");
		this.#group = groupOf(labFolder);
		this.#nodes = Array.from({ length: count }, (_, index) => new RealNode(index + 1, this.#folder));
		this.#doors = doors;
	}

	/** @param count of nodes, from 1 */
	static async prepare(labFolder: string, count: number): Promise<RealNodes> {
		const door = async (inside: number): Promise<Door> => ({ outside: await freePort(), inside });
		const nodes = new RealNodes(labFolder, count, {
			egress: { inside: keeperPorts.egress },
			dns: await door(coreDnsReady),
			websecure: await door(traefikPorts.websecure),
			api: await door(traefikPorts.api),
		});
		mkdirSync(nodes.#folder, { recursive: true, mode: 0o700 });
		return nodes;
	}

	get names(): readonly string[] {
		return this.#nodes.map(({ name }) => name);
	}

	/** What pods see as the sender of what comes by a port of a node: its address in the link to the pod. */
	get portSources(): readonly string[] {
		return this.#nodes.map(({ gateway }) => `${gateway}/32`);
	}

	/** Flags of an API server that reaches the nodes, and sends pods to them. */
	get apiServerFlags(): Readonly<Record<string, string>> {
		const file = join(this.#folder, "egress.json");
		// By a socket that only its owner reaches: kubelets ask nobody who he is. Named from the working folder, for paths of
		// sockets have 108 characters.
		const udsName = relative(process.cwd(), join(this.#folder, networkFolder, sockets.door("egress")));
		const connection = { proxyProtocol: "HTTPConnect", transport: { uds: { udsName } } };
		writeFileSync(
			file,
			JSON.stringify({
				apiVersion: "apiserver.k8s.io/v1beta1",
				kind: "EgressSelectorConfiguration",
				egressSelections: [{ name: "cluster", connection }],
			}),
		);
		return {
			"egress-selector-config-file": file,
			"kubelet-preferred-address-types": "InternalIP",
			...placementFlags,
		};
	}

	/** Flags of KWOK, which otherwise takes these nodes over as well. */
	static readonly kwokFlags = {
		"manage-all-nodes": "false",
		"manage-nodes-with-label-selector": `!${realNode}`,
	} as const;

	/** What KWOK does, with a volume that is a folder where otherwise only its driver could mount it. */
	static stages(stages: string): string {
		return stages.replace(
			/^ *csi: .*$/m,
			`            local: { path: "${nodesFolder}/volumes/{{ .metadata.uid }}" }
            nodeAffinity:
              required:
                nodeSelectorTerms:
                  - matchExpressions:
                      - { key: kubernetes.io/os, operator: In, values: [linux] }`,
		);
	}

	/** Starts them. Returns once they are ready. @returns their network, and the images that they have */
	async start({ access, kubeconfig, site, programs }: NodesWorld) {
		const images = await nodeImages(site);
		await placePods(
			access,
			images.map(({ image }) => image),
		);
		makeGroups(this.#group, this.names);
		const [first] = this.#nodes;
		if (first === undefined) throw new Error("no node");
		const { domain, dns } = site.cluster;
		for (const node of this.#nodes)
			node.write({ domain, address: dns.address }, `/${this.#group}/${node.name}`);
		const network = this.#network(access, site, first);
		await programs.ready(programs.run(network.program), async () => network.isOpen);
		programs.run(this.#keeper(access, images, first, network));
		const names = await prepareCoreDns(
			{
				folder: this.#folder,
				access,
				address: first.address,
				domain,
				outside: internet,
			},
			network,
		);
		const coredns = programs.run(names);
		const file = join(this.#folder, "kube-proxy.json");
		programs.run(kubeProxy(file, first, kubeconfig, network.inside));
		const runtimes = this.#nodes.map(
			(node) => [node, programs.run(node.containerd(network.inside))] as const,
		);
		// A kubelet asks once, and ends without an answer.
		for (const [node, runtime] of runtimes)
			await programs.ready(runtime, () => node.runtimeAnswers(network.root));
		const kubelets = this.#nodes.map(
			(node) => [node, programs.run(node.kubelet(network.inside, kubeconfig))] as const,
		);
		await programs.ready(coredns, () => answers(this.#doors.dns?.outside, "ready"));
		await serve(access, dns.address, first.address);
		for (const [node, kubelet] of kubelets) await programs.ready(kubelet, () => isReady(access, node.name));
		return { network, images };
	}

	#network(access: ApiAccess, { network }: Site, { address }: RealNode): ClusterNetwork {
		return new ClusterNetwork(join(this.#folder, networkFolder), address, {
			access,
			networks: [network.pods],
			doors: this.#doors,
			nodes: {
				addresses: this.#nodes.map((node) => node.address),
				services: network.services,
				folder: this.#folder,
			},
		});
	}

	#keeper(
		access: ApiAccess,
		images: readonly NodeImage[],
		{ address }: RealNode,
		{ inside }: ClusterNetwork,
	) {
		const file = join(this.#folder, "keeper.json");
		const layouts = Object.fromEntries(images.map(({ image, layout }) => [image, layout]));
		const settings: KeeperSettings = { access, layouts, address };
		writeFileSync(file, JSON.stringify(settings), { mode: 0o600 });
		return {
			names: ["node-keeper"],
			prefix: [...inside, process.execPath],
			file: fileURLToPath(new URL("./keeper.ts", import.meta.url)),
			args: [file],
		};
	}
}

/** Leads pods to the name server and to the API server, which are no pods. */
async function serve(access: ApiAccess, dnsAddress: string, address: string): Promise<void> {
	const dns = [
		{ name: "dns", port: 53, protocol: "UDP" },
		{ name: "dns-tcp", port: 53, protocol: "TCP" },
	];
	await ensure(access, "/api/v1/namespaces/kube-system/services", {
		metadata: { name: "kube-dns" },
		spec: { clusterIP: dnsAddress, ports: dns },
	});
	const lead = (namespace: string, service: string, ports: readonly object[]) =>
		ensure(access, `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`, {
			metadata: { name: `lab-${service}`, labels: { "kubernetes.io/service-name": service } },
			addressType: "IPv4",
			endpoints: [{ addresses: [address], conditions: { ready: true } }],
			ports,
		});
	await lead("kube-system", "kube-dns", dns);
	await lead("default", "kubernetes", [{ name: "https", port: keeperPorts.api, protocol: "TCP" }]);
}

async function isReady(access: ApiAccess, node: string): Promise<boolean> {
	const { status, body } = await askApi(access, "GET", `/api/v1/nodes/${node}`);
	if (status !== 200) return false;
	const { conditions = [] } = JSON.parse(body).status as {
		conditions?: readonly { readonly type: string; readonly status: string }[];
	};
	return conditions.some((one) => one.type === "Ready" && one.status === "True");
}
