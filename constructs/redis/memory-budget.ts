const MiB = 1024 ** 2;

/**
 * Bytes of the process itself: code, tables, page tables of a fork, what the allocator keeps. Measured at 10 MiB with
 * no keys and some hundred clients (redis 7.0, resident set).
 */
const processItself = 16 * MiB;

/**
 * Shares of what is left. `forkedPages` is as large as `keys`: while a child writes the append-only file or a
 * snapshot, each page that a write touches exists twice, in the end all of them.
 */
const shares = {
	keys: 0.375,
	forkedPages: 0.375,
	replicas: 0.1,
	clients: 0.15,
} as const;

/** What each part of a data node may take, in bytes; together never more than its limit. */
export interface MemoryBudget {
	readonly process: number;
	/** `maxmemory`: keys, and whatever else Redis counts with them. */
	readonly keys: number;
	readonly forkedPages: number;
	/** Backlog, and what a replica has not taken yet. Replicas share these blocks, so their number does not matter. */
	readonly replicas: number;
	/** Queries and answers of all other clients together (`maxmemory-clients`). */
	readonly clients: number;
	/** The one query or answer that grows before Redis looks at the sum again. */
	readonly client: number;
}

/**
 * Divides the memory limit of a data node (docs/reference/redis.md). Everything that grows on its own has a cap, and
 * the caps add up to the limit: no stalled replica and no client that does not read makes the kernel end the master.
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

/** The budget in the words of `redis.conf` (its own comments, redis 7.0 and later). */
export function memoryDirectives(memory: number): readonly string[] {
	const { keys, replicas, clients, client } = memoryBudget(memory);
	return [
		`maxmemory ${keys}`,
		// Queues share this server: refusing a write is better than dropping a job.
		"maxmemory-policy noeviction",
		// A replica that does not read is cut off at once at the first number, after a minute at the second.
		`client-output-buffer-limit replica ${replicas} ${replicas / 2} 60`,
		// Pages of the backlog are those of the output buffers.
		`repl-backlog-size ${replicas / 4}`,
		`client-output-buffer-limit normal ${client} 0 0`,
		`client-output-buffer-limit pubsub ${client} ${client / 2} 60`,
		`client-query-buffer-limit ${client}`,
		`proto-max-bulk-len ${client}`,
		`maxmemory-clients ${clients}`,
	];
}
