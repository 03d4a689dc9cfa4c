import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { committedSchema } from "../../../providers/schema/committed.ts";
import { argumentsOf, type Nested, type ProviderSchema } from "../../../providers/schema/provider-schema.ts";
import type { ResourceChange, TerraformPlan } from "../../../review/plan/plan-json.ts";
import type { Json } from "../../../world/world.ts";
import { lockedRequirement } from "../../unit/schema/installed.ts";
import { type Part, type Placed, placedBlock } from "./side-by-side.ts";

const run = promisify(execFile);

type Values = Record<string, unknown>;

/** A resource as it is in a state. */
export interface Kept {
	readonly provider: string;
	readonly schemaVersion: number;
	readonly values: Values;
	/** Where it is sensitive, as a plan marks it. */
	readonly sensitive: unknown;
}

/** Providers that plan here, by the prefix of their types. None of them is told of a server that answers. */
const settings: Readonly<Record<string, object>> = {
	helm: { kubernetes: { host: "http://127.0.0.1:1" } },
	vault: {
		address: "http://127.0.0.1:1",
		token: "none",
		skip_child_token: true,
		vault_version_override: "1.20.0",
	},
	proxmox: {
		endpoint: "https://127.0.0.1:1/",
		// The provider wants a token of this form before it plans.
		api_token: "lab@pve!plan=00000000-0000-0000-0000-000000000000",
	},
};

const prefixOf = (type: string) => type.split("_")[0] ?? "";

/** Whether a resource is planned here. The provider of the zone is not asked. */
export const isPlanned = ({ type }: Pick<Part, "type">) =>
	type !== "kubernetes_manifest" &&
	(prefixOf(type) === "kubernetes" || Object.hasOwn(settings, prefixOf(type)));

/** A folder in which the real providers plan, with no server behind them. */
export class PlanFolder {
	readonly #path: string;
	readonly #charts = new Map<string, string>();

	constructor(path: string) {
		this.#path = path;
		mkdirSync(path, { recursive: true });
	}

	/** Why there is no plan; undefined once the providers are installed. */
	async providersMissing(): Promise<string | undefined> {
		this.#writeDocument({});
		try {
			await this.#terraform("init", "-input=false");
			return undefined;
		} catch {
			return "terraform init cannot install the providers: a registry, a mirror or the plugin folder enables it";
		}
	}

	/**
	 * One plan of everything that is placed, from a state in which everything is as `kept` says.
	 *
	 * @param place where a reference of a placed part leads
	 */
	async plan<Copy extends Placed>(
		placed: readonly Copy[],
		place: (from: Copy) => (stack: string, type: string, id: string) => string | undefined,
		kept: ReadonlyMap<string, Kept> = new Map(),
	): Promise<TerraformPlan & { readonly planned_values: PlannedValues }> {
		const resource: Record<string, Record<string, Json>> = {};
		for (const part of placed) {
			const block = placedBlock(part, place(part));
			resource[part.type] ??= {};
			(resource[part.type] as Record<string, Json>)[part.name] = (
				part.type === "helm_release" ? { ...block, ...this.#chart(block) } : block
			) as Json;
		}
		this.#writeDocument(resource);
		this.#writeState(kept);
		await this.#terraform("plan", "-input=false", "-refresh=false", "-parallelism=64", "-out=plan");
		return JSON.parse(await this.#terraform("show", "-json", "plan"));
	}

	#writeDocument(resource: object): void {
		const names = ["kubernetes", ...Object.keys(settings)];
		const document = {
			terraform: {
				required_providers: Object.fromEntries(
					names.map((name) => {
						const { source = `hashicorp/${name}`, version } = lockedRequirement(name) ?? {};
						return [name, { source, version }];
					}),
				),
			},
			provider: { kubernetes: { host: "http://127.0.0.1:1" }, ...settings },
			...(Object.keys(resource).length === 0 ? {} : { resource }),
		};
		writeFileSync(join(this.#path, "cdk.tf.json"), JSON.stringify(document, null, 1));
	}

	#writeState(kept: ReadonlyMap<string, Kept>): void {
		const resources = [...kept].map(([address, { provider, schemaVersion, values, sensitive }]) => {
			const [type, name] = address.split(".");
			const instance = {
				schema_version: schemaVersion,
				attributes: values,
				sensitive_attributes: sensitivePaths(sensitive),
			};
			return { mode: "managed", type, name, provider: `provider["${provider}"]`, instances: [instance] };
		});
		const state = { version: 4, serial: 1, lineage: "settings", outputs: {}, resources };
		writeFileSync(join(this.#path, "terraform.tfstate"), JSON.stringify(state));
	}

	/** A folder in the place of a chart that the network has: another for each repository, name and version. */
	#chart(release: Values): object {
		const { repository, chart, version } = release as Record<string, string | undefined>;
		const source = `${repository} ${chart} ${version}`;
		let folder = this.#charts.get(source);
		if (folder === undefined) {
			const name = chart?.split("/").at(-1) ?? "";
			// A review knows the chart by the last part.
			folder = join(this.#path, "charts", String(this.#charts.size), name);
			mkdirSync(folder, { recursive: true });
			writeFileSync(
				join(folder, "Chart.yaml"),
				`apiVersion: v2\nname: ${name}\nversion: ${version?.replace(/^v/, "") ?? "0.1.0"}\n`,
			);
			this.#charts.set(source, folder);
		}
		return { repository: undefined, version: undefined, chart: folder };
	}

	async #terraform(...args: string[]): Promise<string> {
		const env = { ...process.env, CHECKPOINT_DISABLE: "1", NO_COLOR: "1" };
		try {
			const options = { cwd: this.#path, env, maxBuffer: 1024 ** 3 };
			return (await run("terraform", args, options)).stdout;
		} catch (error) {
			const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
			throw new Error(`terraform ${args[0]}: ${stderr || stdout}`);
		}
	}
}

interface PlannedValues {
	readonly root_module: {
		readonly resources?: readonly {
			readonly address: string;
			readonly provider_name: string;
			readonly schema_version: number;
			readonly values: Values;
		}[];
	};
}

/** What a state holds after the apply of a first plan. Servers give ids; everything else that they give stays empty. */
export function keptAfter(
	plan: TerraformPlan & { readonly planned_values: PlannedValues },
): Map<string, Kept> {
	const changes = new Map((plan.resource_changes ?? []).map((change) => [change.address, change]));
	return new Map(
		(plan.planned_values.root_module.resources ?? []).map((resource) => {
			const after = (changes.get(resource.address)?.change.after ?? {}) as Values;
			return [
				resource.address,
				{
					provider: resource.provider_name,
					schemaVersion: resource.schema_version,
					values: settled(changes.get(resource.address), after),
					sensitive: changes.get(resource.address)?.change.after_sensitive,
				},
			];
		}),
	);
}

/** Paths to what is marked, as a state spells them. */
function sensitivePaths(mark: unknown, path: readonly object[] = []): object[] {
	if (mark === true) return [[...path]];
	if (Array.isArray(mark))
		return mark.flatMap((one, value) =>
			sensitivePaths(one, [...path, { type: "index", value: { value, type: "number" } }]),
		);
	return Object.entries(mark ?? {}).flatMap(([value, one]) =>
		sensitivePaths(one, [...path, { type: "get_attr", value }]),
	);
}

/** What a server gives where the code says nothing: ids, some text of its own, and nothing of the rest. */
function settled(change: ResourceChange | undefined, after: Values): Values {
	const unknown = (change?.change.after_unknown ?? {}) as Values;
	const type = change?.type ?? "";
	const schema = committedSchema(prefixOf(type));
	const nested = schema?.resource[type];
	if (schema === undefined || nested === undefined) throw new Error(`no schema of ${type}`);
	const values = completed({ value: after, unknown, nested, schema, exact: exact.has(type) }) as Values;
	if (unknown.id === true) values.id = idOf(type, after);
	return values;
}

/** Types of providers that tell nothing from an empty text; those of the older kind do not, and keep the empty one. */
const exact = new Set(["helm_release", "proxmox_download_file"]);

interface Incomplete {
	readonly value: unknown;
	readonly unknown: unknown;
	readonly nested: Nested | string | undefined;
	readonly schema: ProviderSchema;
	readonly exact: boolean;
}

function completed({ value, unknown, nested, ...kind }: Incomplete): unknown {
	if (Array.isArray(value) && typeof nested === "object")
		return value.map((one, index) =>
			completed({ value: one, unknown: (unknown as unknown[] | undefined)?.[index], nested, ...kind }),
		);
	if (typeof nested !== "object") return value ?? emptyOf(nested ?? "", unknown === true, kind);
	if (value === null || value === undefined)
		return unknown === true && / (list|set)/.test(nested.is) ? [] : value;
	const marks = (unknown ?? {}) as Values;
	return Object.fromEntries(
		Object.entries(argumentsOf(nested, kind.schema)).map(([name, one]) => [
			name,
			completed({ value: (value as Values)[name] ?? null, unknown: marks[name], nested: one, ...kind }),
		]),
	);
}

function emptyOf(
	described: string,
	given: boolean,
	{ exact, schema }: Pick<Incomplete, "exact" | "schema">,
): unknown {
	if (described.includes("write-only") || (exact && !given)) return null;
	if (/\b(list|set)\(/.test(described)) return given ? [] : null;
	if (/\bmap\(/.test(described)) return given ? {} : null;
	if (/\bnumber\b/.test(described)) return 0;
	if (/\bbool\b/.test(described)) return false;
	if (!/\bstring\b/.test(described) || exact) return null;
	// The API server defaults what is left open; other servers leave it empty.
	return given && schema.source.endsWith("/kubernetes") ? "given" : "";
}

function idOf(type: string, after: Values): string {
	if (type === "proxmox_download_file") return `${after.datastore_id}:import/${after.file_name}`;
	if (type === "proxmox_virtual_environment_file") return `${after.datastore_id}:snippets/file.yaml`;
	const [metadata] = (after.metadata ?? []) as { name?: string; namespace?: string }[];
	if (metadata?.namespace !== undefined) return `${metadata.namespace}/${metadata.name}`;
	return String(metadata?.name ?? after.vm_id ?? after.path ?? after.name ?? "made");
}
