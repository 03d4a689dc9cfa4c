import type { Block } from "../world.ts";
import { object, stackOf, workload, worldOf } from "../world.ts";
import { denied, type RuleCases } from "./rule-cases.ts";

const protectedFromDestruction = { lifecycle: { prevent_destroy: true } };
const template = { volume_claim_template: { metadata: { name: "data" } } };

export const statefulProtected: RuleCases = {
	allow: {
		"a protected claim in a protected namespace": worldOf(
			stackOf({
				kubernetes_namespace_v1: { metadata: { name: "shop" }, ...protectedFromDestruction },
				kubernetes_persistent_volume_claim_v1: { ...object("data"), ...protectedFromDestruction },
			}),
		),
		"a stateful set without volumes": worldOf(stackOf({ kubernetes_stateful_set_v1: workload({}) })),
		"a namespace without data": worldOf(
			stackOf({
				kubernetes_namespace_v1: { metadata: { name: "shop" } },
				kubernetes_deployment_v1: workload({}),
			}),
		),
	},
	deny: {
		"a claim": denied(worldOf(stackOf({ kubernetes_persistent_volume_claim_v1: object("data") })), [
			"lifecycle.prevent_destroy",
			"a plan may destroy kubernetes_persistent_volume_claim_v1: its volume is deleted with it",
		]),
		"a stateful set with volumes": denied(
			worldOf(stackOf({ kubernetes_stateful_set_v1: workload({ spec: template }) })),
			["lifecycle.prevent_destroy", "kubernetes_stateful_set_v1"],
		),
		"a namespace that holds a claim": denied(
			worldOf(
				stackOf({
					kubernetes_namespace_v1: { metadata: { name: "shop" }, lifecycle: { prevent_destroy: false } },
					kubernetes_persistent_volume_claim_v1: { ...object("data"), ...protectedFromDestruction },
				}),
			),
			["lifecycle.prevent_destroy", "persistent_volume_claim data is deleted with it"],
		),
		"a transit key": denied(worldOf(stackOf({ vault_transit_secret_backend_key: { name: "state" } })), [
			"lifecycle.prevent_destroy",
			"nothing that it encrypted can ever be read again",
		]),
	},
};

const claimOf = (className: string) => object("data", { storage_class_name: className });
const mountsClaim = (image: string) => ({
	pod: { volume: [{ name: "files", persistent_volume_claim: { claim_name: "data" } }] },
	container: { image, volume_mount: [{ name: "files", mount_path: "/data" }] },
});

export const databaseNotOnNfs: RuleCases = {
	allow: {
		"a database on a block class": worldOf(
			stackOf({
				kubernetes_deployment_v1: workload(mountsClaim("docker.io/library/postgres:17.2")),
				kubernetes_persistent_volume_claim_v1: claimOf("block"),
			}),
		),
		"another program on NFS": worldOf(
			stackOf({
				kubernetes_deployment_v1: workload(mountsClaim("example.org/postgres-exporter:1.0")),
				kubernetes_persistent_volume_claim_v1: claimOf("nfs"),
			}),
		),
		"a backup job that writes to NFS": worldOf(
			stackOf({
				kubernetes_job_v1: workload(mountsClaim("postgres:17.2")),
				kubernetes_persistent_volume_claim_v1: claimOf("nfs"),
			}),
		),
		"a claim template of the NFS class that the database does not mount": worldOf(
			stackOf({
				kubernetes_stateful_set_v1: workload({
					spec: {
						volume_claim_template: [{ metadata: { name: "exports" }, spec: { storage_class_name: "nfs" } }],
					},
					container: { image: "valkey/valkey:8.1", volume_mount: { name: "files" } },
				}),
			}),
		),
		"a sidecar of a database that alone mounts NFS": worldOf(
			stackOf({
				kubernetes_deployment_v1: workload({
					...mountsClaim("example.org/sync:1.0"),
					pod: {
						...mountsClaim("").pod,
						init_container: [{ name: "database", image: "postgres:17.2" }],
					},
				}),
				kubernetes_persistent_volume_claim_v1: claimOf("nfs"),
			}),
		),
	},
	deny: {
		"a claim of the NFS class": denied(
			worldOf(
				stackOf({
					kubernetes_deployment_v1: workload(mountsClaim("docker.io/library/redis:8.2")),
					kubernetes_persistent_volume_claim_v1: claimOf("nfs"),
				}),
			),
			["spec.template.spec.volume[0].persistent_volume_claim", "docker.io/library/redis:8.2 on an NFS class"],
		),
		"a claim template of the NFS class": denied(
			worldOf(
				stackOf({
					kubernetes_stateful_set_v1: workload({
						spec: {
							volume_claim_template: [{ metadata: { name: "files" }, spec: { storage_class_name: "nfs" } }],
						},
						container: { image: "valkey/valkey:8.1", volume_mount: { name: "files" } },
					}),
				}),
			),
			["spec.volume_claim_template[0].spec.storage_class_name", "container main runs the database"],
		),
	},
};

const writer = (spec: Record<string, Block>, ...access_modes: string[]) =>
	worldOf(
		stackOf({
			kubernetes_deployment_v1: workload({ ...mountsClaim("web:1"), spec }),
			kubernetes_persistent_volume_claim_v1: object("data", { access_modes }),
		}),
	);

export const singleWriterRecreates: RuleCases = {
	allow: {
		"one pod that is recreated": writer({ replicas: "1", strategy: { type: "Recreate" } }, "ReadWriteOnce"),
		"a claim with many writers": writer({ replicas: "3" }, "ReadWriteMany"),
		"a claim that also has many writers": writer({ replicas: "3" }, "ReadWriteOnce", "ReadWriteMany"),
		"a stateful set, which never starts a pod before its predecessor has gone": worldOf(
			stackOf({
				kubernetes_stateful_set_v1: workload(mountsClaim("web:1")),
				kubernetes_persistent_volume_claim_v1: object("data", { access_modes: ["ReadWriteOnce"] }),
			}),
		),
	},
	deny: {
		"a rolling update by default": denied(writer({}, "ReadWriteOnce"), [
			"spec.strategy.type",
			"deployment web rolls while it holds claim data, which has one writer",
		]),
		"two pods": denied(writer({ replicas: 2, strategy: [{ type: "Recreate" }] }, "ReadWriteOncePod"), [
			"spec.replicas",
			"2 pods of deployment web share claim data",
		]),
	},
};

const nfsVolume = (share: string, server = "127.0.0.1", driver = "nfs.csi.k8s.io") =>
	worldOf(
		stackOf({
			kubernetes_persistent_volume_v1: {
				...object("photos"),
				spec: [{ persistent_volume_source: { csi: { driver, volume_attributes: { server, share } } } }],
			},
		}),
	);
const nfsClass = (share: string) =>
	worldOf(
		stackOf({
			kubernetes_storage_class_v1: {
				...object("shared"),
				storage_provisioner: "nfs.csi.k8s.io",
				parameters: { server: "127.0.0.1", share },
			},
		}),
	);
const share = "spec.persistent_volume_source.csi.volume_attributes.share";

export const nfsPathExported: RuleCases = {
	allow: {
		"a volume below an export": nfsVolume("/srv/nfs/photos"),
		"a volume that is the export itself": nfsVolume("/srv/nfs"),
		"a volume of another server": nfsVolume("/volume1/music", "192.0.2.99"),
		"a volume of another driver": nfsVolume("/elsewhere", "127.0.0.1", "smb.csi.k8s.io"),
		"a class below an export": nfsClass("/srv/nfs"),
	},
	deny: {
		"a volume elsewhere on the server": denied(nfsVolume("/data/photos"), [
			share,
			"/data/photos lies below no export; exported: /srv/nfs, /srv/media",
		]),
		"a volume beside an export of a similar name": denied(nfsVolume("/srv/nfs-photos"), [
			share,
			"/srv/nfs-photos lies below no export",
		]),
		"a volume that climbs out of an export": denied(nfsVolume("/srv/nfs/../photos"), [
			share,
			"/srv/photos lies below no export",
		]),
		"a volume that names the server by its key": denied(nfsVolume("/data/photos", "storage"), [
			share,
			"/data",
		]),
		"a class elsewhere on the server": denied(nfsClass("/data"), ["parameters.share", "/data lies below"]),
	},
};

const claim = (className: string, namespace = "shop") =>
	object("data", { storage_class_name: className }, { namespace });
const cronJob = (saves: string) => ({
	...object("dump", { schedule: "0 3 * * *" }),
	metadata: { name: "dump", namespace: "shop", annotations: { "infra/backs-up": saves } },
});
const onServer = (server: string, share: string) =>
	worldOf(
		stackOf({
			kubernetes_persistent_volume_v1: {
				metadata: { name: "films" },
				spec: [{ persistent_volume_source: { csi: { volume_attributes: { server, share } } } }],
			},
			kubernetes_persistent_volume_claim_v1: object("films", {
				storage_class_name: "nfs",
				volume_name: "${kubernetes_persistent_volume_v1.it.metadata[0].name}",
			}),
		}),
	);

export const dataHasBackup: RuleCases = {
	allow: {
		"a block volume, which the storage host takes snapshots of": worldOf(
			stackOf({ kubernetes_persistent_volume_claim_v1: claim("proxmox-lvm-encrypted") }),
		),
		"a directory in a tree that goes offsite": onServer("127.0.0.1", "/srv/nfs/films"),
		"a class whose directories lie in such a tree": worldOf(
			stackOf({
				kubernetes_storage_class_v1: {
					metadata: { name: "shared" },
					parameters: { server: "127.0.0.1", share: "/srv/nfs" },
				},
				kubernetes_persistent_volume_claim_v1: claim("shared"),
			}),
		),
		"a claim that a CronJob names": worldOf(
			stackOf({
				kubernetes_persistent_volume_claim_v1: claim("local-path"),
				kubernetes_cron_job_v1: cronJob("other,data"),
				kubernetes_persistent_volume_claim: object("other", { storage_class_name: "proxmox-lvm" }),
			}),
		),
		"the claims of a stateful set that a CronJob names": worldOf(
			stackOf({
				kubernetes_stateful_set_v1: workload({ spec: template }),
				kubernetes_cron_job_v1: cronJob("data-web"),
			}),
		),
		"a CronJob that saves nothing": worldOf(stackOf({ kubernetes_cron_job_v1: cronJob("") })),
	},
	deny: {
		"a volume on the disk of a node": denied(
			worldOf(stackOf({ kubernetes_persistent_volume_claim_v1: claim("local-path") })),
			["", "nothing saves claim data: class local-path is unknown to the storage host"],
		),
		"a volume of the default class": denied(
			worldOf(stackOf({ kubernetes_persistent_volume_claim_v1: object("data") })),
			["", "class (default) is unknown"],
		),
		"a claim template": denied(
			worldOf(stackOf({ kubernetes_stateful_set_v1: workload({ spec: template }) })),
			["spec.volume_claim_template", "nothing saves claim data-web"],
		),
		"a block volume in a namespace without snapshots": denied(
			worldOf(stackOf({ kubernetes_persistent_volume_claim_v1: claim("proxmox-lvm", "timeseries") })),
			["", "takes no snapshots of namespace timeseries"],
		),
		"a directory of another server": denied(onServer("192.0.2.99", "/srv/nfs/films"), [
			"",
			"192.0.2.99 is not backed up from here",
		]),
		"a directory beside the trees": denied(onServer("127.0.0.1", "/srv/nfs-old"), [
			"",
			"/srv/nfs-old lies below no export",
		]),
		"a CronJob of another namespace": denied(
			worldOf(
				stackOf({
					kubernetes_persistent_volume_claim_v1: claim("local-path", "other"),
					kubernetes_cron_job_v1: cronJob("data"),
				}),
			),
			["", "nothing saves claim data"],
			['metadata.annotations["infra/backs-up"]', "saves claim data, which namespace shop does not have"],
		),
	},
};
