import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { filterSchema, renderBindings, type SchemaFile } from "../../../providers/proxmox/bindings.ts";

const folder = join(import.meta.dirname, "../../../providers/proxmox");
const schema: SchemaFile = JSON.parse(readFileSync(join(folder, "schema.json"), "utf8"));

test("the committed bindings are what the generator makes of the committed schema", async () => {
	const bindings = await renderBindings(schema);
	const stale = [...bindings].flatMap(([path, content]) =>
		readFileSync(join(folder, "lib", path), "utf8") === content ? [] : [path],
	);
	expect(bindings.size).toBe(8);
	expect(stale).toEqual([]);
}, 60_000);

const raw: SchemaFile = {
	source: "registry.example/acme/cloud",
	version: "1.2.3",
	provider: { block: {} },
	resource_schemas: {
		cloud_server: {
			block: { attributes: { description: { type: "string", description: "What it is", required: true } } },
		},
		cloud_disk: { block: {} },
	},
} as SchemaFile;

test("the filtered schema keeps an argument that is called description, without its description", () => {
	expect(filterSchema(raw, ["cloud_server"])).toEqual({
		source: "acme/cloud",
		version: "1.2.3",
		provider: { block: {} },
		resource_schemas: {
			cloud_server: { block: { attributes: { description: { type: "string", required: true } } } },
		},
	});
});

test("a type that the provider does not have is refused by name", () => {
	expect(() => filterSchema(raw, ["cloud_disk", "cloud_lamp"])).toThrow(
		"registry.example/acme/cloud 1.2.3 has no resource type cloud_lamp",
	);
});
