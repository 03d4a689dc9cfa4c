import { MiB } from "../../config/schema/quantity.ts";

/**
 * Bytes of the process without data: code, tables, page tables of a fork, allocator overhead. Measured at 10 MiB with
 * no keys and some hundred clients (redis 7.0, resident set).
 */
const processItself = 16 * MiB;

/**
 * Shares of the rest. `forkedPages` is as large as `keys`: while a child writes the append-only file or a snapshot,
 * every page that is written to is copied, in the end all of them.
 */
const shares = {
	keys: 0.375,
	forkedPages: 0.375,
	replicas: 0.1,
	clients: 0.15,
} as const;

/** Memory limits of the parts of a data node in bytes; together they never exceed its limit. */
export interface MemoryBudget {
	readonly process: number;
	/** `maxmemory`: keys, and whatever Redis counts with them. */
	readonly keys: number;
	readonly forkedPages: number;
	/**
	 * Replication backlog and output buffers of replicas, which share their blocks, so that the number of replicas does
	 * not matter.
	 */
	readonly replicas: number;
	/** Queries and answers of all other clients together (`maxmemory-clients`). */
	readonly clients: number;
	/** The largest query or answer of one client, which can grow until Redis checks the sum again. */
	readonly client: number;
}

/**
 * Divides the memory limit of a data node (docs/reference/redis.md). Everything that grows has a limit, and the limits
 * add up to that of the container: neither a stalled replica nor a client that does not read can get the master killed
 * by the kernel.
 *
 * @param memory limit of the container, in bytes
 */
export function memoryBudget(memory: number): MemoryBudget {
	const rest = memory - processItself;
	const part = (share: number) => Math.floor((rest * share) / MiB) * MiB;
	const clients = part(shares.clients / 2);
	return {
		process: processItself,
		keys: part(shares.keys),
		forkedPages: part(shares.forkedPages),
		replicas: part(shares.replicas),
		clients,
		client: clients,
	};
}

/** The budget as directives of `redis.conf` (its own comments, redis 7.0 and later). */
export function memoryDirectives(memory: number): readonly string[] {
	const { keys, replicas, clients, client } = memoryBudget(memory);
	return [
		`maxmemory ${keys}`,
		// Queues are stored here: refusing a write is better than evicting a job.
		"maxmemory-policy noeviction",
		// A replica that does not read is disconnected at once at the first number, and after a minute at the second.
		`client-output-buffer-limit replica ${replicas} ${replicas / 2} 60`,
		// The backlog shares memory with the output buffers.
		`repl-backlog-size ${replicas / 4}`,
		`client-output-buffer-limit normal ${client} 0 0`,
		`client-output-buffer-limit pubsub ${client} ${client / 2} 60`,
		`client-query-buffer-limit ${client}`,
		`proto-max-bulk-len ${client}`,
		`maxmemory-clients ${clients}`,
	];
}
