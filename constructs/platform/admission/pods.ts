import { secretsReader } from "../../../config/registry/owner-names.ts";
import type { TenantRule } from "../admission-policy.ts";
import { podTokenLife } from "./accounts.ts";
import { list, text } from "./cel.ts";

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
				expression: "!has(object.spec.resourceClaims) || object.spec.resourceClaims.size() == 0",
				message: "no claims of devices: the quota counts none",
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
