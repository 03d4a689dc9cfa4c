import { block, plain } from "../../world/blocks.ts";
import { kubernetesObjects } from "../../world/kubernetes-objects.ts";
import { podTemplates } from "../../world/pods.ts";
import { worldRule } from "../rule.ts";

const singleWriter = new Set<unknown>(["ReadWriteOnce", "ReadWriteOncePod"]);

export const singleWriterRecreates = worldRule({
	id: "single-writer-recreates",
	severity: "error",
	reason:
		"The volume attaches to one node: during a rolling update the new pod waits for the old one, which waits for the new one.",
	remedy: 'Set spec.strategy.type = "Recreate" and one replica, or use a claim that many can write.',
	*check(world) {
		const objects = kubernetesObjects(world);
		for (const { owner, volumes } of podTemplates(world)) {
			if (owner.kind !== "deployment") continue;
			const claim = volumes
				.map(({ block: volume }) => block(volume.persistent_volume_claim).claim_name)
				.map((name) => objects.resolve(owner.resource.stack, name))
				.find((name) => {
					if (name === undefined) return false;
					const found = objects.find("persistent_volume_claim", owner.namespace, name);
					const modes = block(found?.given.spec).access_modes;
					return Array.isArray(modes) && modes.every((mode) => singleWriter.has(mode));
				});
			if (claim === undefined) continue;
			const { strategy, replicas } = block(owner.given.spec);
			const subject = owner.resource;
			if (block(strategy).type !== "Recreate")
				yield {
					subject,
					argument: `${owner.at}spec.strategy.type`,
					message: `deployment ${owner.name} rolls while it holds claim ${claim}, which has one writer`,
				};
			if (Number(plain(replicas) ?? 1) > 1)
				yield {
					subject,
					argument: `${owner.at}spec.replicas`,
					message: `${replicas} pods of deployment ${owner.name} share claim ${claim}, which has one writer`,
				};
		}
	},
});
