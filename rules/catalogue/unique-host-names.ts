import { block, blocks, isExpression, plain } from "../../world/blocks.ts";
import { kubernetesObjects } from "../../world/kubernetes-objects.ts";
import { worldRule } from "../rule.ts";

export const uniqueHostNames = worldRule({
	id: "unique-host-names",
	severity: "error",
	reason: "Two ingresses of one host and path take each other's requests, whichever was created last.",
	remedy: "Give one of them another host name or a path of its own.",
	*check(world) {
		const owners = new Map<string, string>();
		for (const { kind, resource, namespace, name, given, at } of kubernetesObjects(world).all) {
			if (kind !== "ingress") continue;
			for (const rule of blocks(block(given.spec).rule, `${at}spec.rule`)) {
				if (isExpression(rule.block.host)) continue;
				const paths = blocks(block(rule.block.http).path, "");
				for (const path of paths.length > 0 ? paths.map(({ block }) => plain(block.path) ?? "/") : ["/"]) {
					const address = `${plain(rule.block.host) ?? "*"}${path}`;
					const owner = owners.get(address);
					if (owner !== undefined)
						yield {
							subject: resource,
							argument: `${rule.path}.host`,
							message: `${address} is already served by Ingress ${owner}`,
						};
					owners.set(address, `${namespace}/${name}`);
				}
			}
		}
	},
});
