import { readFileSync } from "node:fs";
import { Construct } from "constructs";
import { MiB } from "../../../config/schema/quantity.ts";
import { tiers } from "../../../config/tiers.ts";
import { ApiAccess } from "../../kubernetes/api-access.ts";
import { ConfigFiles } from "../../kubernetes/config-files.ts";
import { TieredNamespace } from "../../kubernetes/namespace.ts";
import { Workload } from "../../kubernetes/workload.ts";
import { siteOf } from "../../site.ts";

const configName = "local-path-config";
const configDirectory = "/etc/config";
const read = ["get", "list", "watch"] as const;

/**
 * Provisioner of volumes that are directories of a node, for data that may be lost with it
 * (docs/reference/storage.md#classes).
 *
 * Helper pods, which run as root on the node under the provisioner's service account, make and remove the directories.
 * The account mounts no token by default, so the helpers have none; the provisioner, which uses the API, mounts its
 * token explicitly. Without any token it could not work.
 */
export class LocalPath extends Construct {
	constructor(scope: Construct, id: string) {
		super(scope, id);
		const { localPath } = siteOf(this).storage;
		const namespace = new TieredNamespace(this, "namespace", {
			name: "local-path-storage",
			tier: tiers.cluster,
			// Helper pods mount a directory of the node.
			podSecurity: "privileged",
		});
		const access = new ApiAccess(this, "access", {
			namespace,
			name: "local-path-provisioner",
			cluster: [
				{ resources: ["nodes", "persistentvolumeclaims"], verbs: read },
				{ group: "storage.k8s.io", resources: ["storageclasses"], verbs: read },
				{ resources: ["persistentvolumes"], verbs: [...read, "create", "patch", "update", "delete"] },
				{ resources: ["events"], verbs: ["create", "patch"] },
			],
			own: [
				{ resources: ["pods"], verbs: [...read, "create", "delete"] },
				{ resources: ["pods/log"], verbs: ["get"] },
				{ resources: ["configmaps"], verbs: ["get"] },
			],
		});
		const config = new ConfigFiles(this, "config", {
			namespace,
			name: configName,
			files: {
				"config.json": json({
					nodePathMap: [{ node: "DEFAULT_PATH_FOR_NON_LISTED_NODES", paths: [localPath.directory] }],
				}),
				"helperPod.yaml": json(helperPod(localPath.images.helper)),
				setup: script("setup.sh"),
				teardown: script("teardown.sh"),
			},
		});
		new Workload(this, "provisioner", {
			namespace,
			name: "local-path-provisioner",
			replicas: 1,
			user: { uid: 65532, gid: 65532 },
			apiAccess: access,
			containers: [
				{
					name: "provisioner",
					image: localPath.images.provisioner,
					command: ["local-path-provisioner", "start", "--config", `${configDirectory}/config.json`],
					env: {
						POD_NAMESPACE: { field: "metadata.namespace" },
						CONFIG_MOUNT_PATH: `${configDirectory}/`,
						// Service account of the helper pods; the default is a name of the provisioner's own manifest.
						SERVICE_ACCOUNT_NAME: access.serviceAccount,
					},
					cpu: "10m",
					memory: 64 * MiB,
					mounts: [{ path: configDirectory, volume: config, readOnly: true }],
				},
			],
		});
	}
}

/** Template of the pods that make and remove directories; the provisioner adds node, volumes and command. */
function helperPod(image: string): object {
	return {
		apiVersion: "v1",
		kind: "Pod",
		metadata: { name: "helper-pod" },
		spec: {
			automountServiceAccountToken: false,
			priorityClassName: "system-node-critical",
			tolerations: [{ key: "node.kubernetes.io/disk-pressure", operator: "Exists", effect: "NoSchedule" }],
			containers: [
				{
					name: "helper-pod",
					image,
					imagePullPolicy: "IfNotPresent",
					resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { memory: "16Mi" } },
				},
			],
		},
	};
}

function json(value: object): string {
	return `${JSON.stringify(value, null, 2)}\n`;
}

function script(name: string): string {
	return readFileSync(new URL(`./scripts/${name}`, import.meta.url), "utf8");
}
