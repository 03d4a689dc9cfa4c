import { createHash } from "node:crypto";
import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1/index.js";
import { Construct } from "constructs";
import { literal } from "../../world/literal.ts";
import type { TieredNamespace } from "./namespace.ts";
import type { VolumeSource } from "./volume-source.ts";

export interface ConfigFilesProps {
	readonly namespace: TieredNamespace;
	/** Name of the ConfigMap. */
	readonly name: string;
	/** Contents by file name. Never secrets: everyone with access to the namespace can read a ConfigMap. */
	readonly files: Readonly<Record<string, string>>;
	/** Mode of the mounted files, octal. @default 0444; scripts take 0555 */
	readonly mode?: string;
	readonly labels?: Readonly<Record<string, string>>;
}

/** Files in a ConfigMap. Workloads that mount them are rolled when any content changes. */
export class ConfigFiles extends Construct implements VolumeSource {
	readonly volumeName: string;
	readonly podVolume: NonNullable<VolumeSource["podVolume"]>;
	/** SHA-256, hexadecimal, of the contents one after the other in the order of their names. */
	readonly checksum: string;
	/** For `dependsOn` of others. */
	readonly resource: ConfigMapV1;

	constructor(scope: Construct, id: string, props: ConfigFilesProps) {
		super(scope, id);
		const { namespace, name, files, mode = "0444", labels } = props;
		this.resource = new ConfigMapV1(this, "Resource", {
			metadata: { name, namespace: namespace.name, ...(labels ? { labels: { ...labels } } : {}) },
			data: Object.fromEntries(Object.entries(files).map(([file, text]) => [file, literal(text)])),
		});
		const hash = createHash("sha256");
		for (const file of Object.keys(files).sort()) hash.update(files[file] ?? "");
		this.checksum = hash.digest("hex");
		this.volumeName = name;
		this.podVolume = { configMap: { name, defaultMode: mode } };
	}
}
