import {
	ImportableResource,
	TerraformDataSource,
	type TerraformElement,
	TerraformEphemeralResource,
	TerraformProvider,
	TerraformResource,
} from "cdktf";
import { deepMerge } from "cdktf/lib/util.js";
import type { Construct } from "constructs";
import { type Body, branch } from "../schema/argument.ts";
import { committedSchema } from "../schema/committed.ts";
import { type ProviderSchema, type SchemaSource, typeSchema } from "../schema/provider-schema.ts";
import { type BindingName, classOf } from "./names.ts";
import { addReferences } from "./references.ts";
import { blockToHcl } from "./to-hcl.ts";
import { blockToTerraform } from "./to-terraform.ts";

type Config = Readonly<Record<string, unknown>>;
// biome-ignore lint/suspicious/noExplicitAny: what TypeScript wants of a class that is extended by a function
type ElementClass = abstract new (...args: any[]) => TerraformElement;

const meta = ["provider", "dependsOn", "count", "lifecycle", "forEach"];
/** Arguments that the engine writes, by the mode of a class. */
const engineArguments: Readonly<Record<BindingName["mode"], ReadonlySet<string>>> = {
	resource: new Set([...meta, "provisioners", "connection"]),
	data: new Set(meta),
	ephemeral: new Set(meta),
	provider: new Set(["alias"]),
};

/** The class of a resource type; its arguments and attributes are in the kept schema of its provider. */
export function resource(type: string, schemas: SchemaSource = committedSchema): ElementClass {
	return define({ mode: "resource", type }, TerraformResource, schemas);
}

/** The class of a data source. */
export function dataSource(type: string, schemas: SchemaSource = committedSchema): ElementClass {
	return define({ mode: "data", type }, TerraformDataSource, schemas);
}

/** The class of an ephemeral resource, whose attributes are in neither plan nor state. */
export function ephemeralResource(type: string, schemas: SchemaSource = committedSchema): ElementClass {
	return define({ mode: "ephemeral", type }, TerraformEphemeralResource, schemas);
}

/** The class that configures a provider. */
export function provider(type: string, schemas: SchemaSource = committedSchema): ElementClass {
	const name = { mode: "provider", type } as const;
	class ConfiguredProvider extends TerraformProvider {
		override get alias(): string | undefined {
			return (this as { readonly [given]?: { readonly alias?: string } })[given]?.alias;
		}

		/** The engine would also rename keys of maps, such as environment variables: `AWS_PROFILE`. */
		override toTerraform() {
			const block = deepMerge({}, this.synthesizeAttributes(), this.rawOverrides, this.metaAttributes);
			return { ...super.toTerraform(), provider: { [type]: [block] } };
		}
	}
	return define(name, ConfiguredProvider, schemas);
}

/** Arguments of a construct. */
const given = Symbol("given");

function define(name: BindingName, Base: ElementClass, schemas: SchemaSource): ElementClass {
	let described: Described | undefined;
	// Deferred to the first construct: many imported classes are never used in a run.
	const describe = () => {
		if (described === undefined) {
			described = describeBinding(name, schemas);
			addReferences(Class.prototype, described.body, "top");
		}
		return described;
	};
	const Class = class extends Base {
		static readonly tfResourceType = name.type;
		readonly [given]: Config;

		constructor(scope: Construct, id: string, config: Config = {}) {
			super(scope, id, elementConfig(name, describe(), config));
			this[given] = config;
		}

		static generateConfigForImport(scope: Construct, id: string, importId: string, from?: TerraformProvider) {
			const origin = from === undefined ? {} : { provider: from };
			return new ImportableResource(scope, id, { terraformResourceType: name.type, importId, ...origin });
		}

		/** Without absent ones, which the engine would rename, merge and drop one by one. */
		get terraformMetaArguments(): Record<string, unknown> {
			const all = Object.entries(super["terraformMetaArguments" as keyof TerraformElement] ?? {});
			return Object.fromEntries(all.filter(([, value]) => value !== undefined));
		}

		protected synthesizeAttributes(): Record<string, unknown> {
			const rendering = { at: this.node.path, writeOnly: (value: unknown) => markWriteOnly(this, value) };
			return blockToTerraform(this[given], describe().body, rendering, engineArguments[name.mode]);
		}

		protected synthesizeHclAttributes(): Record<string, unknown> {
			return blockToHcl(this.synthesizeAttributes(), describe().body);
		}
	};
	return Object.defineProperty(Class, "name", { value: classOf(name) });
}

interface Described {
	readonly schema: ProviderSchema;
	readonly body: Body;
}

function describeBinding(name: BindingName, schemas: SchemaSource): Described {
	const { mode, type } = name;
	const provider = mode === "provider" ? type : (type.split("_")[0] ?? "");
	const schema = schemas(provider);
	if (schema === undefined) throw new Error(`providers/schemas has no ${provider}.json`);
	const nested = mode === "provider" ? schema.provider : typeSchema(schema, { mode, type });
	if (nested === undefined)
		throw new Error(`${schema.source} ${schema.version}: the kept schema has no ${mode} ${type}`);
	return { schema, body: branch(nested, schema).body };
}

/** Configuration for the constructor of the engine. */
function elementConfig({ mode, type }: BindingName, { schema }: Described, config: Config): object {
	const { source, version } = schema;
	const common = {
		terraformResourceType: type,
		terraformGeneratorMetadata: { providerName: source.split("/").at(-1), providerVersion: version },
	};
	if (mode === "provider") return { ...common, terraformProviderSource: source };
	return { ...common, ...Object.fromEntries([...engineArguments[mode]].map((key) => [key, config[key]])) };
}

/** Marks the resource as using write-only arguments, for which the engine requires a recent Terraform. */
function markWriteOnly(element: object, value: unknown): unknown {
	return "markWriteOnlyAttribute" in element && typeof element.markWriteOnlyAttribute === "function"
		? element.markWriteOnlyAttribute(value)
		: value;
}
