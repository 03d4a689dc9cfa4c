import { VisibleError } from "../../config/schema/visible-error.ts";

/**
 * What this project keeps of a provider's own schema, one file per provider in `providers/schemas`: the types in use,
 * without descriptions. Written by `infra schemas refresh`, never by hand.
 */
export interface ProviderSchema {
	/** Address inside its registry, such as `hashicorp/kubernetes`. */
	readonly source: string;
	/** Exact version that the schema was taken from. */
	readonly version: string;
	/** Arguments of the `provider` block. */
	readonly provider: Nested;
	/** Types by mode and name. */
	readonly resource: Readonly<Record<string, Nested>>;
	readonly data: Readonly<Record<string, Nested>>;
	readonly ephemeral: Readonly<Record<string, Nested>>;
}

/**
 * Arguments by name. An attribute is one line, its traits and its type: `required string`, `optional computed
 * map(string)`, `optional string write-only`.
 */
export type Arguments = { readonly [name: string]: string | Nested };

/** A block, or an attribute with arguments of its own. */
export interface Nested {
	/** `block list 1..1`, `block single deprecated`; `optional list` for an attribute. */
	readonly is: string;
	/**
	 * Text stands for the same arguments somewhere else in the file, such as
	 * `resource.kubernetes_deployment_v1.spec.template`: the pod of every workload is written down once.
	 */
	readonly arguments: Arguments | string;
}

/** Mode of a type: managed resource, data source, or ephemeral resource. */
export type Mode = "resource" | "data" | "ephemeral";

/** A type by mode and name. */
export interface TypeName {
	readonly mode: Mode;
	/** Provider's name of it, such as `kubernetes_deployment_v1`. */
	readonly type: string;
}

/** Looks up the schema of a provider by the prefix of its types. */
export type SchemaSource = (provider: string) => ProviderSchema | undefined;

/** The schema of one type. @throws never: undefined when the compact copy does not hold it */
export function typeSchema(schema: ProviderSchema | undefined, { mode, type }: TypeName): Nested | undefined {
	const types = schema?.[mode];
	return types !== undefined && Object.hasOwn(types, type) ? types[type] : undefined;
}

/** The arguments of a block, or of the place that it refers to. @throws when the reference leads nowhere */
export function argumentsOf(nested: Nested, schema: ProviderSchema): Arguments {
	if (typeof nested.arguments !== "string") return nested.arguments;
	const [mode, type, ...path] = nested.arguments.split(".");
	let target: Nested | string | undefined = schema[mode as Mode][type ?? ""];
	for (const name of path)
		target = typeof target === "object" ? argumentsOf(target, schema)[name] : undefined;
	if (typeof target !== "object")
		throw new VisibleError(
			`${schema.source}: the compact schema refers to ${nested.arguments}, which it lacks`,
		);
	return argumentsOf(target, schema);
}
