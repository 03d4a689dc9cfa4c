import type { Block } from "./blocks.ts";
import type { Json } from "./world.ts";

/** Lists whose entries the provider spells as blocks of the singular; anything else keeps its name. */
const singular: Readonly<Record<string, string>> = {
	accessModes: "access_modes",
	containers: "container",
	initContainers: "init_container",
	paths: "path",
	ports: "port",
	rules: "rule",
	subjects: "subject",
	tolerations: "toleration",
	topologySpreadConstraints: "topology_spread_constraint",
	volumeClaimTemplates: "volume_claim_template",
	volumeDevices: "volume_device",
	volumeMounts: "volume_mount",
	volumes: "volume",
};

/** Objects whose keys are names that somebody chose. */
const maps = new Set([
	"annotations",
	"binaryData",
	"data",
	"labels",
	"limits",
	"matchLabels",
	"nodeSelector",
	"parameters",
	"requests",
	"stringData",
]);

/** An object of Kubernetes as the API writes it, in the words of the Terraform provider: `init_container` for `initContainers`. */
export function providerSpelling(object: Block): Block {
	return Object.fromEntries(
		Object.entries(object).map(([key, value]) =>
			// Those of a LimitRange, unlike those of a container.
			key === "limits" && Array.isArray(value)
				? ["limit", spelled("", value)]
				: [singular[key] ?? snakeCase(key), spelled(key, value)],
		),
	);
}

function spelled(key: string, value: Json | undefined): Json | undefined {
	if (maps.has(key) || (key === "selector" && isOfLabels(value))) return value;
	if (Array.isArray(value)) return value.map((entry) => spelled("", entry) ?? null);
	return isObject(value) ? providerSpelling(value) : value;
}

/** That of a Service, unlike that of a workload. */
function isOfLabels(value: Json | undefined): boolean {
	return isObject(value) && value.matchLabels === undefined && value.matchExpressions === undefined;
}

function isObject(value: Json | undefined): value is { [key: string]: Json | undefined } {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

const snakeCase = (name: string) =>
	name.replaceAll(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
