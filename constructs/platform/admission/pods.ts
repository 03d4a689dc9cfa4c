import { secretsReader } from "../../../config/registry/owner-names.ts";
import type { Site } from "../../../config/schema/site.ts";
import type { TenantRule } from "../admission-policy.ts";
import { podTokenLife } from "./accounts.ts";
import { list, text } from "./cel.ts";
import { actsEverywhere } from "./requester.ts";

/** Volume types without access to the node: those of Pod Security level `restricted`, without inline CSI volumes. */
const harmlessVolumes = [
	"configMap",
	"downwardAPI",
	"emptyDir",
	"ephemeral",
	"persistentVolumeClaim",
	"projected",
	"secret",
];

/** Resources that the quota of a namespace counts; the site assigns others, such as GPUs. */
const countedResources = ["cpu", "memory", "ephemeral-storage"];

/**
 * Taints that every pod may tolerate: those of conditions of a node, which the API server and the controller of
 * DaemonSets let pods tolerate. Others keep nodes for the workloads of the platform.
 */
const toleratedTaints = [
	"disk-pressure",
	"memory-pressure",
	"not-ready",
	"pid-pressure",
	"unreachable",
	"unschedulable",
].map((condition) => `node.kubernetes.io/${condition}`);

const containers = ["containers", "initContainers"].map((name) => `object.spec.${name}`);
// `dyn`, because the type checker of the API server does not know maps of quantities.
const asksFor = (container: string, field: string) =>
	`!has(dyn(${container}.resources).${field}) || dyn(${container}.resources).${field}.all(name, name in ${list(countedResources)})`;

export const podRules: readonly TenantRule[] = [
	{
		name: "tenant-volumes",
		apiVersion: "v1",
		resources: ["pods"],
		operations: ["CREATE", "UPDATE"],
		validations: [
			{
				expression: `!has(object.spec.volumes) || object.spec.volumes.all(volume, ${harmlessVolumes.map((type) => `has(volume.${type})`).join(" || ")})`,
				message: `volumes are one of ${harmlessVolumes.join(", ")}: others reach files that are not the tenant's`,
			},
			{
				expression: `!has(object.spec.volumes) || object.spec.volumes.all(volume, !has(volume.projected) || !has(volume.projected.sources) || volume.projected.sources.all(source, !has(source.serviceAccountToken) || !has(source.serviceAccountToken.expirationSeconds) || source.serviceAccountToken.expirationSeconds <= ${podTokenLife}))`,
				message: `a token of an account lives for ${podTokenLife} seconds at most; the node renews it`,
			},
		],
	},
	{
		name: "tenant-resources",
		apiVersion: "v1",
		resources: ["pods"],
		operations: ["CREATE"],
		validations: [
			{
				expression: containers
					.map(
						(list) =>
							`(!has(${list}) || ${list}.all(one, !has(one.resources) || (${["requests", "limits"].map((field) => `(${asksFor("one", field)})`).join(" && ")})))`,
					)
					.join(" && "),
				message: `containers ask for ${countedResources.join(", ")} and nothing else: the quota counts no other resource`,
			},
			{
				expression: `!has(dyn(object.spec).resources) || (${["requests", "limits"].map((field) => `(${asksFor("object.spec", field)})`).join(" && ")})`,
				message: `a pod asks for ${countedResources.join(", ")} and nothing else: the quota counts no other resource`,
			},
			{
				expression: "!has(object.spec.resourceClaims) || object.spec.resourceClaims.size() == 0",
				message: "no claims of devices: the quota counts none",
			},
		],
	},
	{
		name: "tenant-placement",
		apiVersion: "v1",
		resources: ["pods"],
		operations: ["CREATE", "UPDATE"],
		validations: [
			{
				expression:
					"request.operation != 'CREATE' || !has(object.spec.nodeName) || object.spec.nodeName == ''",
				message: "the scheduler chooses the node: nodeName would pass by its taints",
			},
			{
				expression:
					"!has(object.spec.schedulerName) || object.spec.schedulerName in ['', 'default-scheduler']",
				message: "the scheduler is default-scheduler",
			},
			{
				expression: `!has(object.spec.tolerations) || object.spec.tolerations.all(one, has(one.key) && one.key in ${list(toleratedTaints)})`,
				message: `pods tolerate the taints ${toleratedTaints.join(", ")}: others keep nodes for the platform`,
			},
			{
				// The runtime of a GPU, for example, shows it to every container, whatever these ask for.
				expression: "!has(object.spec.runtimeClassName) || object.spec.runtimeClassName == ''",
				message: "no runtimeClassName: a runtime may open devices, and adds tolerations of its own",
			},
		],
	},
	{
		name: "tenant-pod-accounts",
		apiVersion: "v1",
		resources: ["pods"],
		operations: ["CREATE"],
		validations: [
			{
				// A pipeline may change any Deployment of the namespace, and could read all secrets of its owner as
				// this account.
				expression: `!has(object.spec.serviceAccountName) || object.spec.serviceAccountName != ${text(secretsReader.account)}`,
				message: `no pod runs as ${secretsReader.account}: External Secrets alone reads by it`,
			},
		],
	},
];

/** Rules for claims of tenants, also those that a controller makes for the volumes of their pods. */
export function claimRules({ storage }: Pick<Site, "storage">): readonly TenantRule[] {
	const classes = [
		storage.block.plainClass,
		storage.block.encryptedClass,
		storage.localPath.className,
		storage.nfs.dynamicClass,
	];
	return [
		{
			name: "tenant-claims",
			apiVersion: "v1",
			resources: ["persistentvolumeclaims"],
			operations: ["CREATE", "UPDATE"],
			validations: [
				{
					// An empty class, and that of static volumes, take a volume which somebody made for another claim.
					expression: `request.operation == 'UPDATE' || !has(object.spec.storageClassName) || object.spec.storageClassName in ${list(classes)} || (${asAdministrator})`,
					message: `the class of a claim is one of ${classes.join(", ")}, or is left out`,
				},
				{
					// A claim without a volume may be given one by a change, as the controller does that binds them.
					expression: `!has(object.spec.volumeName) || object.spec.volumeName == '' || (request.operation == 'UPDATE' ? (has(oldObject.spec.volumeName) && oldObject.spec.volumeName == object.spec.volumeName || (${actsEverywhere})) : (${asAdministrator}))`,
					message: "a claim names no volume: it gets a new one of its class",
				},
			],
		},
	];
}

/** Controllers make what a pod or a StatefulSet of a tenant asks for: they are no reason to let it pass. */
const asAdministrator = `(${actsEverywhere}) && !request.userInfo.username.startsWith('system:serviceaccount:kube-system:')`;
