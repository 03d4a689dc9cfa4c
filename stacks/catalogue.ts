import { VisibleError } from "../config/schema/visible-error.ts";
import { declareStack, type StackClass, type StackDeclaration, type StackFacts } from "./declaration.ts";

/** A stack of this project. */
interface StackEntry extends StackFacts {
	/** Loads its code, and with it the engine. */
	readonly load: () => Promise<StackClass>;
}

/** Every stack, in the order in which they are applied. */
export const catalogue: readonly StackEntry[] = [
	{
		name: "storage",
		purpose: "Machines of the hypervisor, and volumes: classes with their drivers, growth, snapshots",
		stateTier: 0,
		load: async () => (await import("./storage/storage-stack.ts")).StorageStack,
	},
	{
		name: "vault",
		purpose: "Vault with its engines, logins and policies, and the namespaces and identities of tenants",
		stateTier: 0,
		load: async () => (await import("./vault/vault-stack.ts")).VaultStack,
	},
	{
		name: "platform",
		purpose: "Tiers and admission, rights and limits of people and tenants, the zone and the tunnel",
		stateTier: 0,
		load: async () => (await import("./platform/platform-stack.ts")).PlatformStack,
	},
	{
		name: "redis",
		purpose: "Shared Redis: replica set with Sentinels behind a proxy that follows the master",
		stateTier: 1,
		load: async () => (await import("./redis/redis-stack.ts")).RedisStack,
	},
	{
		name: "mailserver",
		purpose:
			"Mail: server with a way in for pods and one for the world, its records in the zone, and its jobs",
		stateTier: 1,
		load: async () => (await import("./mailserver/mailserver-stack.ts")).MailserverStack,
	},
	{
		name: "woodpecker",
		purpose: "CI server, its agents, and the identities under which pipelines run",
		stateTier: 1,
		load: async () => (await import("./woodpecker/woodpecker-stack.ts")).WoodpeckerStack,
	},
];

/** Loads the code of every stack. */
export function loadStacks(): Promise<StackDeclaration[]> {
	return Promise.all(catalogue.map(loadEntry));
}

/** Loads the code of one stack. @throws Error for an unknown name */
export async function loadStack(name: string): Promise<StackDeclaration> {
	const entry = catalogue.find((entry) => entry.name === name);
	if (entry === undefined) throw new VisibleError(`there is no stack ${name}`);
	return loadEntry(entry);
}

async function loadEntry({ load, ...facts }: StackEntry): Promise<StackDeclaration> {
	return declareStack(facts, await load());
}
