/** The Service of the server, as the chart makes it for a release `woodpecker`. */
export const serverService = {
	name: "woodpecker-server",
	/** The port for agents is fixed by the chart. */
	ports: { http: 80, grpc: 9000 },
	/** Ports of the container behind them. */
	containerPorts: { http: 8000, grpc: 9000 },
} as const;
