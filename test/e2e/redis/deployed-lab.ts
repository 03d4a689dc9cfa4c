import { join } from "node:path";
import { parseSite } from "../../../config/parse-site.ts";
import type { SiteInput } from "../../../config/schema/site.ts";
import lab from "../../../config/sites/lab.ts";
import { Container } from "../rig/container.ts";
import { DeployedStack } from "../rig/deployed-stack.ts";
import type { LabNode } from "./lab-node.ts";
import { RedisLab } from "./redis-lab.ts";

/** Settings of the lab site, some of them replaced. */
export function siteWith(redis: Partial<SiteInput["redis"]> = {}) {
	return parseSite({ ...lab, redis: { ...lab.redis, ...redis } });
}

/** The redis stack of the lab site: its proxy's text, its nodes' scripts, files and environment as deployed. */
export async function startDeployed(redis: Partial<SiteInput["redis"]> = {}): Promise<RedisLab> {
	const site = siteWith(redis);
	const stack = new DeployedStack(site, "redis");
	const proxy = stack.files("redis-haproxy")["haproxy.cfg"];
	if (proxy === undefined) throw new Error("redis-haproxy has no haproxy.cfg");
	return await RedisLab.start({
		nodes: site.redis.nodes,
		proxy,
		startNode: (node) =>
			["redis", "sentinel"].map((name) => {
				const { command, env } = containerOf(stack, node, name);
				return node.host.start(name, command[0] ?? "", command.slice(1), env);
			}),
		stopNode: async (node) => {
			// The kubelet runs those of all containers side by side.
			const hooks = ["redis", "sentinel"].map((name) => {
				const { preStop, env } = containerOf(stack, node, name);
				return node.host.start(`${name}-pre-stop`, preStop[0] ?? "", preStop.slice(1), env).exited;
			});
			await Promise.all(hooks);
		},
	});
}

function containerOf(stack: DeployedStack, { name, host, volume }: LabNode, container: string): Container {
	const [pod = ""] = name.split(".");
	return new Container({
		deployed: stack.container("stateful_set", "redis-node", container),
		root: join(host.folder, container),
		volumes: { "/data": volume },
		fields: { "metadata.name": pod },
	});
}
