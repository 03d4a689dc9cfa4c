import type { Site } from "../config/schema/site.ts";

/** A value of a synthesised document. Terraform expressions appear as strings that contain `${`. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json | undefined };

/** One block of a synthesised stack. */
export interface Resource {
	/** `resource`, `data` or `ephemeral`. */
	readonly mode: "resource" | "data" | "ephemeral";
	/** Provider's type, such as `kubernetes_deployment_v1`. */
	readonly type: string;
	/** Terraform address inside the stack, such as `kubernetes_deployment_v1.proxy_4F2A`. */
	readonly address: string;
	/** Path of the construct that created it, such as `redis/proxy/deployment`. */
	readonly path: string;
	/** Stack that holds it. */
	readonly stack: string;
	/** Arguments as Terraform will read them, without the engine's metadata. */
	readonly arguments: { readonly [key: string]: Json | undefined };
}

/** Host and ports of a service. */
export interface Address {
	readonly host: string;
	/** Port numbers by port name. */
	readonly ports: Readonly<Record<string, number>>;
}

/** Endpoints that a stack produces and consumes. */
export interface StackEndpoints {
	/** Addresses that it serves, by name of the endpoint. */
	readonly produced: Readonly<Record<string, Address>>;
	/** Names of endpoints that it needs. */
	readonly consumed: readonly string[];
}

/** A synthesised stack: the content of its `cdk.tf.json`, and the endpoints that its code declares. */
export interface StackDocument {
	readonly stack: string;
	readonly endpoints: StackEndpoints;
	readonly json: { readonly [key: string]: Json | undefined };
	readonly resources: readonly Resource[];
}

/** Texts by part and name: what is rendered for a site and applied by no stack. */
export type Beside = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Input of the rules: the site and all of its stacks. */
export interface World {
	readonly site: Site;
	readonly stacks: readonly StackDocument[];
	/** Undefined where nobody has rendered it, or a revision cannot. */
	readonly beside?: Beside | undefined;
}

type Block = { [key: string]: Json | undefined };

/** Lists the blocks of a synthesised stack with the path of the construct behind each. */
export function readDocument(
	stack: string,
	json: StackDocument["json"],
	endpoints: StackEndpoints = { produced: {}, consumed: [] },
): StackDocument {
	const resources: Resource[] = [];
	for (const mode of ["resource", "data", "ephemeral"] as const)
		for (const [type, blocks] of Object.entries((json[mode] ?? {}) as Record<string, Record<string, Block>>))
			for (const [id, { "//": metadata, ...rest }] of Object.entries(blocks)) {
				const prefix = mode === "resource" ? "" : `${mode}.`;
				const path = (metadata as { metadata?: { path?: string } } | undefined)?.metadata?.path;
				resources.push({
					mode,
					type,
					address: `${prefix}${type}.${id}`,
					path: path ?? `${stack}/${id}`,
					stack,
					arguments: rest,
				});
			}
	return { stack, endpoints, json, resources };
}
