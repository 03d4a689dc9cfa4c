import { type Block, block, blocks } from "./blocks.ts";
import type { PodTemplate } from "./pods.ts";
import type { Json } from "./world.ts";

/** A ConfigMap or Secret that a pod reads. */
export interface ConfigReference {
	readonly kind: "config_map" | "secret";
	/** As written: a name or an expression. */
	readonly name: Json;
}

/** ConfigMaps and Secrets that a pod mounts or reads into its environment. */
export function* configReferences({
	volumes,
	containers,
}: Pick<PodTemplate, "volumes" | "containers">): Iterable<ConfigReference> {
	for (const { block: volume } of volumes) {
		yield* named("config_map", block(volume.config_map).name);
		yield* named("secret", block(volume.secret).secret_name);
		for (const { block: projected } of blocks(volume.projected, ""))
			for (const { block: source } of blocks(projected.sources, "")) yield* projectedFrom(source);
	}
	for (const { block: container } of containers) {
		for (const { block: source } of blocks(container.env_from, "")) {
			yield* named("config_map", block(source.config_map_ref).name);
			yield* named("secret", block(source.secret_ref).name);
		}
		for (const { block: variable } of blocks(container.env, "")) {
			const { config_map_key_ref, secret_key_ref } = block(variable.value_from);
			yield* named("config_map", block(config_map_key_ref).name);
			yield* named("secret", block(secret_key_ref).name);
		}
	}
}

function* projectedFrom(source: Block): Iterable<ConfigReference> {
	for (const kind of ["config_map", "secret"] as const)
		for (const { block: projection } of blocks(source[kind], "")) yield* named(kind, projection.name);
}

function* named(kind: ConfigReference["kind"], name: Json | undefined): Iterable<ConfigReference> {
	if (name !== undefined && name !== null) yield { kind, name };
}
