/**
 * Writes the bindings of the Proxmox provider anew: no package of them exists. `npm run bindings` makes them from
 * schema.json, which `--installed` (ask Terraform) and `--from <file>` (a raw schema) replace first.
 */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { installedSchemas } from "../../rules/schema/installed-schemas.ts";
import { filterSchema, renderBindings, type SchemaFile } from "./bindings.ts";

/** Resource types in use. A new one is added here first: its class does not exist before. */
const types = ["proxmox_download_file", "proxmox_virtual_environment_file", "proxmox_virtual_environment_vm"];

const schemaFile = join(import.meta.dirname, "schema.json");
const folder = join(import.meta.dirname, "lib");

const { values } = parseArgs({ options: { from: { type: "string" }, installed: { type: "boolean" } } });
const schema = filterSchema(
	await (values.installed ? askTerraform() : read(values.from ?? schemaFile)),
	types,
);
const bindings = await renderBindings(schema);
await writeFile(schemaFile, `${JSON.stringify(schema, null, "\t")}\n`);
await rm(folder, { recursive: true, force: true });
for (const [path, content] of bindings) {
	await mkdir(dirname(join(folder, path)), { recursive: true });
	await writeFile(join(folder, path), content);
}

async function read(file: string): Promise<SchemaFile> {
	return JSON.parse(await readFile(file, "utf8"));
}

async function askTerraform(): Promise<SchemaFile> {
	// Loaded here: the list of providers needs the bindings, which need not be there yet.
	const { proxmox } = (await import("../../stacks/providers.ts")).providers;
	if (proxmox === undefined) throw new Error("stacks/providers.ts does not list proxmox");
	const program = process.env.TERRAFORM_BINARY_NAME || "terraform";
	const full = (await installedSchemas({ providers: { proxmox }, program })).get("proxmox");
	if (full === undefined) throw new Error(`${program} printed no schema of ${proxmox.source}`);
	return { source: full.source, version: full.version, ...full.raw };
}
