import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { clusterAccount } from "../cluster-account.ts";
import type { ClusterNetwork } from "../cluster-network/network.ts";
import type { LabProgram } from "../control-plane.ts";
import type { Lab } from "../lab-state.ts";
import type { NeededProgram } from "../needed-programs.ts";

export interface CoreDnsProps {
	/** Where its files are written. */
	readonly folder: string;
	readonly access: Pick<Lab, "host" | "token" | "caFile">;
	/** Where it listens. */
	readonly address: string;
	/** Domain of the cluster. */
	readonly domain: string;
	/** Names outside of the cluster with their addresses, and back; every other one does not exist. @default none */
	readonly outside?: Readonly<Record<string, string>>;
}

export const coredns: NeededProgram = {
	names: ["coredns"],
	build: { module: "coredns", package: "infra/tools/coredns", product: "github.com/coredns/coredns" },
};

/** Port of loopback inside the network that says when it is ready. */
export const coreDnsReady = 65_053;

/** Rights of its own manifests (kubernetes/dns). */
const rules = [
	{ apiGroups: [""], resources: ["services", "pods", "namespaces"], verbs: ["list", "watch"] },
	{ apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
];

/** What the server is told: names of the cluster from its API, and a made-up Internet, since nothing is forwarded. */
export function corefile({ address, domain, outside = {} }: CoreDnsProps, kubeconfig: string): string {
	const made = Object.entries(outside).map(
		([name, at]) => `	template IN A ${name} {
		match "^${name.replaceAll(".", "\\.")}\\.$"
		answer "{{ .Name }} 60 IN A ${at}"
		fallthrough
	}
`,
	);
	// One zone for an address, whatever names lead to it.
	const reverse = [...Map.groupBy(Object.entries(outside), ([, at]) => at)].map(
		([at, names]) => `${at.split(".").reverse().join(".")}.in-addr.arpa {
	bind ${address}
	errors
	template IN PTR {
${names.map(([name]) => `\t\tanswer "{{ .Name }} 60 IN PTR ${name}."\n`).join("")}	}
}
`,
	);
	return `${reverse.join("")}${domain} in-addr.arpa ip6.arpa {
	bind ${address}
	errors
	log
	ready 127.0.0.1:${coreDnsReady}
	kubernetes {
		kubeconfig ${kubeconfig} lab
		pods verified
		ttl 5
	}
}
. {
	bind ${address}
	errors
	log
${made.join("")}	template ANY ANY {
		rcode NXDOMAIN
	}
}
`;
}

/** CoreDNS in the network of a cluster, with an account of its own. @returns how it is started */
export async function prepareCoreDns(props: CoreDnsProps, network: ClusterNetwork): Promise<LabProgram> {
	const { folder, access } = props;
	const token = await clusterAccount(access, { namespace: "kube-system", name: "coredns", rules });
	const kubeconfig = join(folder, "coredns.json");
	const file = join(folder, "Corefile");
	const config = {
		apiVersion: "v1",
		kind: "Config",
		clusters: [{ name: "lab", cluster: { server: access.host, "certificate-authority": access.caFile } }],
		users: [{ name: "lab", user: { token } }],
		contexts: [{ name: "lab", context: { cluster: "lab", user: "lab" } }],
	};
	writeFileSync(kubeconfig, JSON.stringify(config), { mode: 0o600 });
	writeFileSync(file, corefile(props, kubeconfig));
	return { names: ["coredns"], prefix: network.inside, args: ["-conf", file, "-dns.port", "53"] };
}
