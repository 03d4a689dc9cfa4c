import { isBelow } from "../config/schema/exports.ts";
import type { Site } from "../config/schema/site.ts";
import { backupTrees } from "../config/schema/trees.ts";
import { type Block, block, blocks, plain } from "./blocks.ts";
import { type KubernetesObject, type KubernetesObjects, kubernetesObjects } from "./kubernetes-objects.ts";
import { oncePer } from "./once-per.ts";
import type { Resource, World } from "./world.ts";

/** Annotation of a CronJob: the claims of its namespace that it backs up, separated by commas. */
export const savesAnnotation = "infra/backs-up";

/** A backup of a volume. */
export type Saver =
	/** Snapshots on the storage host, copies on its second disk, and copies offsite. */
	| { readonly kind: "host" }
	/** A directory of the NFS server, which is copied offsite with its tree. */
	| { readonly kind: "tree"; readonly tree: string }
	/** A CronJob in the namespace of the volume. */
	| { readonly kind: "task"; readonly task: KubernetesObject; readonly schedule: string };

/** A volume with data, and its backups. */
export interface VolumeBackup {
	readonly namespace: string;
	/** Name of the claim; `<template>-<set>` stands for those of all pods of a stateful set. */
	readonly claim: string;
	readonly storageClass: string;
	/** Empty when nothing backs it up: its data is lost with the disk. */
	readonly savers: readonly Saver[];
	/** Why the storage host does not back it up; empty when it does. */
	readonly obstacle: string;
	readonly resource: Resource;
	/** Path of the claim inside the resource; empty when the resource is the claim. */
	readonly argument: string;
}

/** Every volume of a world, read from the synthesised documents. */
export const volumeBackups = oncePer((world: World): readonly VolumeBackup[] => {
	const objects = kubernetesObjects(world);
	const tasks = objects.all.filter(({ kind }) => kind === "cron_job");
	return [...claims(objects)].map(({ spec, ...volume }) => {
		const storageClass = plain(spec.storage_class_name) ?? "";
		const host = savedByHost(world.site, objects, volume, spec, storageClass);
		const savers: Saver[] = typeof host === "string" ? [] : [host];
		for (const task of tasks)
			if (task.namespace === volume.namespace && claimsSavedBy(task).includes(volume.claim))
				savers.push({
					kind: "task",
					task,
					schedule: plain(block(task.given.spec).schedule) ?? "",
				});
		return { ...volume, storageClass, savers, obstacle: typeof host === "string" ? host : "" };
	});
});

/** Claims that a CronJob states that it backs up. */
export function claimsSavedBy({ annotations }: KubernetesObject): readonly string[] {
	return (plain(annotations[savesAnnotation]) ?? "").split(",").filter((name) => name !== "");
}

type Volume = Pick<VolumeBackup, "namespace" | "claim" | "resource" | "argument">;

function* claims({ all }: KubernetesObjects): Iterable<Volume & { readonly spec: Block }> {
	for (const { kind, namespace, name, resource, given, at } of all) {
		const { spec } = given;
		if (kind === "persistent_volume_claim")
			yield { namespace, claim: name, resource, argument: "", spec: block(spec) };
		if (kind !== "stateful_set") continue;
		for (const template of blocks(block(spec).volume_claim_template, `${at}spec.volume_claim_template`))
			yield {
				namespace,
				claim: `${plain(block(template.block.metadata).name)}-${name}`,
				resource,
				argument: template.path,
				spec: block(template.block.spec),
			};
	}
}

/** How the storage host backs up a volume, or why it does not. */
function savedByHost(
	site: Site,
	objects: KubernetesObjects,
	{ namespace, resource }: Volume,
	spec: Block,
	storageClass: string,
): Saver | string {
	const { storage, backup, network } = site;
	if ([storage.block.plainClass, storage.block.encryptedClass].includes(storageClass))
		return backup.excludedNamespaces.includes(namespace)
			? `the storage host takes no snapshots of namespace ${namespace}`
			: { kind: "host" };
	const directory = nfsDirectory(objects, objects.resolve(resource.stack, spec.volume_name), storageClass);
	if (directory === undefined) return `class ${storageClass || "(default)"} is unknown to the storage host`;
	const { server, path } = directory;
	if (server !== network.hosts[storage.nfs.server]?.address) return `${server} is not backed up from here`;
	const tree = backupTrees(site).find((tree) => isBelow(path, tree.path));
	return tree === undefined ? `${path} lies below no export` : { kind: "tree", tree: tree.name };
}

/** NFS server and path of a claim's static volume, else of its class. */
function nfsDirectory(objects: KubernetesObjects, volume: string | undefined, storageClass: string) {
	const source =
		volume === undefined
			? block(objects.find("storage_class", "default", storageClass)?.given.parameters)
			: block(
					block(
						block(
							block(objects.find("persistent_volume", "default", volume)?.given.spec)
								.persistent_volume_source,
						).csi,
					).volume_attributes,
				);
	const [server, path] = [plain(source.server), plain(source.share)];
	return server === undefined || path === undefined ? undefined : { server, path };
}
