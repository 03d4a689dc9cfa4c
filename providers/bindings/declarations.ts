import { type Argument, type Body, branch } from "../schema/argument.ts";
import { type ProviderSchema, typeSchema } from "../schema/provider-schema.ts";
import { inputType, type Naming, outputType } from "./declared-types.ts";
import { type BindingName, classOf, folderOf, pascalCase } from "./names.ts";
import { isBranch, isSettable, slotsOf } from "./slots.ts";

const bases: Readonly<Record<BindingName["mode"], readonly [base: string, config: string]>> = {
	resource: ["TerraformResource", "TerraformMetaArguments"],
	data: ["TerraformDataSource", 'Omit<TerraformMetaArguments, "provisioners" | "connection">'],
	ephemeral: ["TerraformEphemeralResource", "TerraformEphemeralMetaArguments"],
	provider: ["TerraformProvider", "{ readonly alias?: string }"],
};

const generateConfigForImport =
	"static generateConfigForImport(scope: Construct, importToId: string, importFromId: string, provider?: cdktf.TerraformProvider): cdktf.ImportableResource;";

/** Where the interfaces of a block are written. */
interface Place {
	readonly folder: string;
	/** Name of the interface of its arguments; that of its attributes has the suffix `OutputReference`. */
	readonly name: string;
}

/**
 * Type declarations of the classes of one provider: arguments exactly as in the schema, and attributes. Arguments that
 * only the provider sets are attributes alone. A block that several types share, such as the pod of every workload, is
 * declared in the first of them.
 */
export class Declarations {
	readonly #schema: ProviderSchema;
	readonly #places = new Map<Body, Place>();

	constructor(schema: ProviderSchema) {
		this.#schema = schema;
	}

	/**
	 * The declarations of one module, without a header. Call it in the same order every time, since later modules refer
	 * to earlier ones.
	 */
	render(name: BindingName): string {
		const nested = name.mode === "provider" ? this.#schema.provider : typeSchema(this.#schema, name);
		if (nested === undefined) throw new Error(`${this.#schema.source} has no ${name.mode} ${name.type}`);
		return new ModuleDeclarations(name, this.#places).render(branch(nested, this.#schema).body);
	}
}

class ModuleDeclarations {
	readonly #binding: BindingName;
	readonly #places: Map<Body, Place>;
	readonly #imports = new Map<string, Set<string>>();
	readonly #blocks: string[] = [];
	readonly #names: Set<string>;

	constructor(binding: BindingName, places: Map<Body, Place>) {
		this.#binding = binding;
		this.#places = places;
		this.#names = new Set([classOf(binding), `${classOf(binding)}Config`]);
	}

	render(body: Body): string {
		const name = classOf(this.#binding);
		const [base, config] = bases[this.#binding.mode];
		const inputs = this.#inputs(body, "top", name);
		const outputs = this.#outputs(body, "top", name);
		const needed = [...slotsOf(body, "top").values()].some(({ argument }) => isRequired(argument));
		const imports = [...this.#imports].map(
			([folder, names]) => `import type { ${[...names].join(", ")} } from "../${folder}/index.js";\n`,
		);
		return [
			'import type * as cdktf from "cdktf";\n',
			'import type { Construct } from "constructs";\n',
			'import type * as bindings from "../../../bindings/types.ts";\n',
			...imports,
			"\n",
			...this.#blocks,
			declare(`type ${name}Config = ${config.replace("Terraform", "cdktf.Terraform")} &`, inputs),
			declare(`declare class ${name} extends cdktf.${base}`, [
				"static readonly tfResourceType: string;",
				...(this.#binding.mode === "resource" ? [generateConfigForImport] : []),
				`constructor(scope: Construct, id: string, config${needed ? "" : "?"}: ${name}Config);`,
				...outputs,
			]),
		].join("");
	}

	#inputs(body: Body, place: Naming["place"], path: string): string[] {
		return [...slotsOf(body, place).values()].flatMap(({ name, property, argument }) => {
			if (!isSettable(argument)) return [];
			const type = inputType(argument, { place, block: () => this.#block(argument, path, name) });
			const deprecated = argument.deprecated ? "/** @deprecated by the provider */ " : "";
			return [`${deprecated}readonly ${property}${isRequired(argument) ? "" : "?"}: ${type};`];
		});
	}

	#outputs(body: Body, place: Naming["place"], path: string): string[] {
		const ephemeral = this.#binding.mode === "ephemeral";
		return [...slotsOf(body, place).values()].flatMap(({ name, property, argument }) => {
			// Write-only arguments cannot be read.
			if (argument.writeOnly) return [];
			const block = () => `${this.#block(argument, path, name)}OutputReference`;
			return [`readonly ${property}: ${outputType(argument, { place, block }, ephemeral)};`];
		});
	}

	/** Name of a block's interface, which is written or imported at the first use. */
	#block(argument: Argument, path: string, argumentName: string): string {
		if (!isBranch(argument)) throw new TypeError(`${argumentName} is no block`);
		const folder = folderOf(this.#binding);
		const known = this.#places.get(argument.body);
		const wanted = path + pascalCase(argumentName);
		if (known !== undefined) {
			return known.name === wanted || this.#names.has(wanted)
				? wanted
				: this.#alias(argument.body, known, wanted);
		}
		const name = this.#unique(wanted);
		this.#places.set(argument.body, { folder, name });
		const output = `${name}OutputReference`;
		const inputs = this.#inputs(argument.body, "nested", name);
		const outputs = this.#outputs(argument.body, "nested", name);
		this.#blocks.push(declare(`interface ${name}`, inputs));
		this.#blocks.push(declare(`interface ${output} extends cdktf.ComplexObject`, outputs));
		return name;
	}

	/** Aliases of a block that was written already, and of all blocks inside. */
	#alias(body: Body, { folder, name }: Place, wanted: string): string {
		this.#names.add(wanted);
		if (folder !== folderOf(this.#binding)) {
			const names = this.#imports.get(folder) ?? new Set();
			this.#imports.set(folder, names.add(name).add(`${name}OutputReference`));
		}
		this.#blocks.push(`export type ${wanted} = ${name};\n`);
		this.#blocks.push(`export type ${wanted}OutputReference = ${name}OutputReference;\n`);
		for (const { name: inner, argument } of slotsOf(body, "nested").values())
			if (isBranch(argument)) this.#block(argument, wanted, inner);
		return wanted;
	}

	/** As in the prebuilt packages: what has a name already gets an `A` behind it. */
	#unique(wanted: string): string {
		let name = wanted;
		while (this.#names.has(name)) name += "A";
		this.#names.add(name);
		return name;
	}
}

function isRequired({ required, least }: Argument): boolean {
	return required || least > 0;
}

function declare(head: string, lines: readonly string[]): string {
	return `export ${head} {\n${lines.map((line) => `\t${line}\n`).join("")}}\n`;
}
