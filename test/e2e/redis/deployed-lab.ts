import { join } from "node:path";
import { parseSite } from "../../../config/parse-site.ts";
import type { SiteInput } from "../../../config/schema/site.ts";
import lab from "../../../config/sites/lab.ts";
import { operator } from "../../../constructs/redis/users.ts";
import { Container } from "../harness/container.ts";
import type { Daemon } from "../harness/daemon.ts";
import { DeployedStack, secretValue } from "../harness/deployed-stack.ts";
import type { LabNode } from "./lab-node.ts";
import { RedisLab } from "./redis-lab.ts";

/** Of a data node's pod. */
const containers = ["redis", "sentinel", "role"];

/** Settings of the lab site, some of them replaced. */
export function siteWith(redis: Partial<SiteInput["redis"]> = {}) {
	// A node of the cluster for each.
	const further = Object.fromEntries(
		Array.from({ length: redis.nodes ?? 0 }, (_, index) => [`node-${index}`, { host: "node-a" }]),
	);
	const cluster = { ...lab.cluster, nodes: { ...lab.cluster.nodes, ...further } };
	return parseSite({ ...lab, cluster, redis: { ...lab.redis, ...redis } });
}

interface DeployedOptions {
	/** Milliseconds from the start of one node to that of the next. @default 0 */
	readonly stagger?: number;
	/** Who writes through the proxy. @default nobody logs in */
	readonly writer?: string;
	/** Milliseconds that the Sentinels of all nodes but the first start later than the rest. @default 0 */
	readonly slowSentinels?: number;
	/** What a node has of its own beside its network: variables of its programs. @default nothing */
	readonly machine?: (node: LabNode) => Readonly<Record<string, string>>;
}

/** The redis stack of the lab site: its proxy's text, its nodes' scripts, files and environment as deployed. */
export async function startDeployed(
	redis: Partial<SiteInput["redis"]> = {},
	{ slowSentinels = 0, machine = () => ({}), writer, ...options }: DeployedOptions = {},
): Promise<RedisLab> {
	const site = siteWith(redis);
	const deployed = { stack: new DeployedStack(site, "redis") };
	const proxy = deployed.stack.files("redis-haproxy")["haproxy.cfg"];
	if (proxy === undefined) throw new Error("redis-haproxy has no haproxy.cfg");
	const lab = await RedisLab.start({
		...options,
		nodes: site.redis.nodes,
		login: [operator, secretValue(operator)],
		...(writer === undefined ? {} : { writer: [writer, secretValue(writer)] }),
		proxy,
		startNode: (node) => {
			const own = machine(node);
			return containers.map((name) => () => {
				const { command, env: deployedEnv } = containerOf(deployed.stack, node, name);
				const env = { ...deployedEnv, ...own };
				const late = name === "sentinel" && node.ordinal > 0 ? slowSentinels / 1000 : 0;
				return node.host.start(name, "sh", ["-c", 'sleep "$0"; exec "$@"', String(late), ...command], env);
			});
		},
		stopNode: async (node) => {
			// The kubelet runs those of all containers side by side.
			const hooks = containers.map((name) => {
				const { preStop, env } = containerOf(deployed.stack, node, name);
				return node.host.start(`${name}-pre-stop`, preStop[0] ?? "", preStop.slice(1), env).exited;
			});
			await Promise.all(hooks);
		},
	});
	deployments.set(lab, deployed);
	return lab;
}

const deployments = new WeakMap<RedisLab, { stack: DeployedStack }>();

/** Replaces the settings of a lab: as in a cluster, a node has them from its next start. */
export function redeploy(lab: RedisLab, redis: Partial<SiteInput["redis"]>): void {
	const deployed = deployments.get(lab);
	if (deployed === undefined) throw new Error("the lab was not started by startDeployed");
	deployed.stack = new DeployedStack(siteWith(redis), "redis");
}

/** Runs a script of a node's pod as an operator does, with `kubectl exec`. */
export function execute(node: LabNode, container: string, script: string, ...args: string[]): string {
	return node.host.run(...scriptOf(node, container, script, args));
}

/** The same, while the test goes on. */
export function begin(node: LabNode, container: string, script: string, ...args: string[]): Daemon {
	return node.host.start(`${container}-${script}`, ...scriptOf(node, container, script, args));
}

function scriptOf(node: LabNode, container: string, script: string, args: string[]) {
	const { env } = containerOf(new DeployedStack(siteWith(), "redis"), node, container);
	return [join(node.host.folder, container, "scripts", script), args, env] as const;
}

function containerOf(stack: DeployedStack, { name, host, volume }: LabNode, container: string): Container {
	const [pod = ""] = name.split(".");
	return new Container({
		deployed: stack.container("stateful_set", "redis-node", container),
		root: join(host.folder, container),
		volumes: { "/data": volume },
		fields: { "metadata.name": pod },
		env: { REDISCLI_AUTH: secretValue(operator) },
	});
}
