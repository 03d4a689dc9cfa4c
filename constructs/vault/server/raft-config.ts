/** Ports of a server: its API, and the one that servers talk to each other on. */
export const serverPorts = { api: 8200, cluster: 8201 } as const;

/** Directories of a server's volumes. */
export const serverPaths = { data: "/vault/data", audit: "/vault/audit" } as const;

/**
 * Configuration of a Raft server, in HCL. TLS ends at the ingress; inside the cluster the network policy decides who
 * may connect.
 *
 * @param name of the StatefulSet; its pods are reached by the headless service `<name>-internal`
 */
export function raftConfig(name: string, replicas: number): string {
	const joins = Array.from(
		{ length: replicas },
		(_, index) => `  retry_join {
    leader_api_addr = "http://${name}-${index}.${name}-internal:${serverPorts.api}"
  }`,
	);
	return `ui = true

listener "tcp" {
  tls_disable = true
  address = "[::]:${serverPorts.api}"
  cluster_address = "[::]:${serverPorts.cluster}"
}

storage "raft" {
  path = "${serverPaths.data}"
${joins.join("\n")}
}

service_registration "kubernetes" {}
`;
}
