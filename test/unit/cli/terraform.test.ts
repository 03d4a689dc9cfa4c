import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { requireDatabasePassword } from "../../../engine/database-password.ts";
import { terraformEnvironment } from "../../../engine/environment.ts";
import { providerUnavailable } from "../../../engine/provider-unavailable.ts";
import { addressOf, parseEvent } from "../../../terminal/diagnostic.ts";
import { readDocument } from "../../../world/world.ts";

function temporaryFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), "infra-terraform-"));
	onTestFinished(() => rmSync(folder, { recursive: true }));
	return folder;
}

describe("the address of a message", () => {
	const message = { severity: "error", summary: "Wrong" } as const;

	test("is the one that it is given, without the key of an instance", () => {
		expect(addressOf({ ...message, address: 'a.b["c.d"]' })).toBe("a.b");
	});

	test("of a provider is kept", () => {
		expect(addressOf({ ...message, address: 'provider["example.org/a/b"]' })).toBe(
			'provider["example.org/a/b"]',
		);
	});

	test.for([
		["resource.a.b.spec[0].container", "a.b"],
		["resource.a.b", "a.b"],
		["data.a.b.filter", "data.a.b"],
		["ephemeral.a.b", "ephemeral.a.b"],
		["terraform", undefined],
	] as const)("is found in the context %s", ([context, address]) => {
		expect(addressOf({ ...message, snippet: { context } })).toBe(address);
	});

	test("of a protected object is found in the text", () => {
		const detail = "Resource a.b has lifecycle.prevent_destroy set, but the plan calls for its end.";
		expect(addressOf({ ...message, detail })).toBe("a.b");
	});
});

test("a line that is no event is passed over", () => {
	expect(["plugin says hello", "{broken"].map(parseEvent)).toEqual([undefined, undefined]);
});

describe("a stack with its state in PostgreSQL", () => {
	const postgres = readDocument("redis", { terraform: { backend: { pg: { conn_str: "postgres://db" } } } });

	test("is refused without a password", () => {
		expect(() => requireDatabasePassword(postgres, {}, { home: temporaryFolder() })).toThrow(
			"there is no password for it",
		);
	});

	test("whose password Vault rotates says where it is", () => {
		const rotatedAt = "database/static-creds/pg-terraform-state";
		expect(() => requireDatabasePassword(postgres, {}, { rotatedAt, home: temporaryFolder() })).toThrow(
			expect.objectContaining({ hint: expect.stringContaining(`vault read -field=password ${rotatedAt}`) }),
		);
	});

	test.for(["PGPASSWORD", "PG_CONN_STR"])("is accepted with %s", (name) => {
		expect(() =>
			requireDatabasePassword(postgres, { [name]: "x" }, { home: temporaryFolder() }),
		).not.toThrow();
	});

	test("is accepted with a password file", () => {
		const home = temporaryFolder();
		writeFileSync(join(home, ".pgpass"), "");
		expect(() => requireDatabasePassword(postgres, {}, { home })).not.toThrow();
	});
});

test("a stack with local state needs no password", () => {
	const local = readDocument("redis", { terraform: { backend: { local: { path: "x" } } } });
	expect(() => requireDatabasePassword(local, {}, { home: temporaryFolder() })).not.toThrow();
});

test("a provider that cannot be installed is named with the version that is asked for", () => {
	const document = readDocument("redis", {
		terraform: { required_providers: { demo: { source: "acme/demo", version: "~> 1.2" } } },
	});
	const error = providerUnavailable(document, [
		{
			severity: "error",
			summary: "Failed to query available provider packages",
			detail:
				"Could not retrieve the list of available versions for provider acme/demo: no such host\n\nTo see…",
		},
	]);
	expect(error?.message).toBe(
		"stack redis: the provider acme/demo ~> 1.2 cannot be installed\n" +
			"Could not retrieve the list of available versions for provider acme/demo: no such host",
	);
});

test("any other failure of init is not blamed on a provider", () => {
	const other = { severity: "error", summary: "Error acquiring the state lock", detail: "held" } as const;
	expect(providerUnavailable(readDocument("redis", {}), [other])).toBeUndefined();
});

test("the plugin cache that the user has chosen is kept", () => {
	const folder = temporaryFolder();
	expect(terraformEnvironment({ TF_PLUGIN_CACHE_DIR: folder }).TF_PLUGIN_CACHE_DIR).toBe(folder);
});

test("without a choice the plugin cache is below the user's cache folder", () => {
	const folder = temporaryFolder();
	expect(terraformEnvironment({ XDG_CACHE_HOME: folder }).TF_PLUGIN_CACHE_DIR).toBe(
		join(folder, "infra/terraform-plugins"),
	);
});
