import { block, blocks, plain } from "../../world/blocks.ts";
import { kubernetesObjects } from "../../world/kubernetes-objects.ts";
import { containersOf, runsToCompletion } from "../../world/pods.ts";
import { worldRule } from "../rule.ts";

const databaseImage =
	/(?:^|\/)(?:cassandra|clickhouse(?:-server)?|elasticsearch|influxdb|mariadb|mongo(?:db)?|mysql|opensearch|postgres(?:ql)?|redis|timescaledb|valkey)(?:[:@]|$)/;

export const databaseNotOnNfs = worldRule({
	id: "database-not-on-nfs",
	severity: "error",
	reason:
		"NFS keeps neither the locks nor the write order that a database relies on: its files get corrupted.",
	remedy: "Use the encrypted block class for the data; only backup jobs may write to NFS.",
	*check(world) {
		const objects = kubernetesObjects(world);
		const { className, dynamicClass } = world.site.storage.nfs;
		const classes = new Set<unknown>([className, dynamicClass]);
		for (const { template, name, block: container } of containersOf(world)) {
			const image = plain(container.image) ?? "";
			if (runsToCompletion(template) || !databaseImage.test(image)) continue;
			const { owner, volumes } = template;
			const mounted = new Set(blocks(container.volume_mount, "").map(({ block: mount }) => mount.name));
			const onNfs: string[] = [];
			for (const { block: volume, path } of volumes) {
				const claim = objects.resolve(owner.resource.stack, block(volume.persistent_volume_claim).claim_name);
				const found =
					claim === undefined ? undefined : objects.find("persistent_volume_claim", owner.namespace, claim);
				const { storage_class_name } = block(found?.given.spec);
				if (mounted.has(volume.name) && classes.has(storage_class_name))
					onNfs.push(`${path}.persistent_volume_claim`);
			}
			const claims = block(owner.given.spec).volume_claim_template;
			for (const { block: claim, path } of blocks(claims, `${owner.at}spec.volume_claim_template`))
				if (mounted.has(block(claim.metadata).name) && classes.has(block(claim.spec).storage_class_name))
					onNfs.push(`${path}.spec.storage_class_name`);
			for (const argument of onNfs)
				yield {
					subject: owner.resource,
					argument,
					message: `container ${name} runs the database ${image} on an NFS class`,
				};
		}
	},
});
