/** Ports of a server: the API, and the one between servers. */
export const serverPorts = { api: 8200, cluster: 8201 } as const;

/** Directories of a server's volumes. */
export const serverPaths = { data: "/vault/data", audit: "/vault/audit" } as const;

/**
 * Configuration of a Raft server, in HCL. TLS is terminated at the ingress; inside the cluster a network policy
 * restricts clients.
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
