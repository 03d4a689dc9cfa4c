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
			[
				"spec.template.spec.volume[0].persistent_volume_claim",
				"docker.io/library/redis:8.2 on NFS class nfs",
			],
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
