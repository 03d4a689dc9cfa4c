import { expect, test } from "vitest";
import { compact } from "../../../providers/schema/compact.ts";
import { rawExample } from "./raw-example.ts";

const origin = { source: "acme/example", version: "1.4.2" };
const server = { mode: "resource", type: "example_server" } as const;
const { resource, provider } = compact(rawExample, origin, [server, server]);
const names = resource.example_server?.arguments as Record<string, unknown>;

test("Only the types in use are kept", () => {
	expect(Object.keys(resource)).toEqual(["example_server"]);
});

test("The arguments of the provider itself are kept", () => {
	expect(provider).toEqual({ is: "block single", arguments: { address: "required string" } });
});

test("An attribute is one line", () => {
	expect(names).toMatchObject({ labels: "optional map(string)", password_wo: "optional string write-only" });
});

test("An attribute with arguments of its own keeps them", () => {
	expect(names.hook).toEqual({ is: "optional single", arguments: { path: "required string deprecated" } });
});

test("The id that the plugin SDK adds to every type is not ours to set", () => {
	expect(names.id).toBe("computed string");
});

test("Arguments that were written down before become a reference", () => {
	expect(names.disk).toEqual({ is: "block list 1..", arguments: "resource.example_server.backup" });
});

test("A deprecated type says so", () => {
	const queue = { mode: "resource", type: "example_queue" } as const;
	expect(compact(rawExample, origin, [queue]).resource.example_queue?.is).toBe("block single deprecated");
});

test("All types that the provider lacks are named", () => {
	const missing = [
		{ mode: "resource", type: "example_disk" },
		{ mode: "data", type: "example_server" },
	] as const;
	expect(() => compact(rawExample, origin, missing)).toThrow(
		"acme/example 1.4.2 has no resource example_disk, no data example_server",
	);
});
