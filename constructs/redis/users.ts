import type { VaultKey } from "../kubernetes/external-secret.ts";
import type { RedisTopology } from "./topology.ts";

/** User by which the set's own programs log in: Sentinels, replicas, the scripts of a node, backup and restore. */
export const operator = "operator";

/**
 * What an application may do: everything with keys, and nothing that ends or reconfigures the server, or that touches
 * what is not its own (`ACL CAT dangerous`). KEYS, SORT, INFO and ROLE count as dangerous, and clients use them.
 */
const application = [
	"+@all -@admin -@dangerous +info +role +keys +sort",
	"-function|delete -function|flush -function|kill -function|restore -script|flush -script|kill",
].join(" ");

/** Rules of who has not logged in, by what the site admits (https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl). */
const anonymous: Readonly<
	Record<RedisTopology["settings"]["anonymous"], { redis: string; sentinel: string }>
> = {
	everything: { redis: "~* &* +@all", sentinel: "&* +@all" },
	// Replicas of the step before do not log in yet.
	keys: { redis: `~* &* ${application} +psync +replconf`, sentinel: discovery() },
	// The proxy asks for the role.
	nothing: { redis: "+ping +info", sentinel: discovery() },
};

/** What clients and the proxy ask a Sentinel. */
function discovery(): string {
	const questions = "get-master-addr-by-name master masters replicas slaves sentinels ckquorum myid".split(
		" ",
	);
	return [
		"&* +@connection +@pubsub -publish -@admin -@dangerous +info +role",
		...questions.map((question) => `+sentinel|${question}`),
	].join(" ");
}

/** Users of the data nodes: a line for each, its name and its rules. */
export function renderRedisUsers({ settings }: RedisTopology): string {
	const consumers = Object.entries(settings.consumers)
		.filter(([, { login }]) => login)
		.map(([name, { prefix = "" }]) => `${name} ~${prefix}* &* ${application}`);
	return lines([`default ${anonymous[settings.anonymous].redis}`, `${operator} ~* &* +@all`, ...consumers]);
}

/** The same of the Sentinels. */
export function renderSentinelUsers({ settings }: RedisTopology): string {
	const consumers = Object.entries(settings.consumers)
		.filter(([, { login, entryPoint }]) => login && entryPoint === "sentinel")
		.map(([name]) => `${name} ${discovery()}`);
	return lines([`default ${anonymous[settings.anonymous].sentinel}`, `${operator} &* +@all`, ...consumers]);
}

/** Where each user's password is kept, by the user's name. */
export function redisPasswords({ settings }: RedisTopology): Readonly<Record<string, VaultKey>> {
	const consumers = Object.entries(settings.consumers).flatMap(([name, { login }]) => (login ? [name] : []));
	return Object.fromEntries(
		[operator, ...consumers].map((user) => [user, { path: settings.passwords, key: user }]),
	);
}

function lines(text: readonly string[]): string {
	return `${text.join("\n")}\n`;
}
