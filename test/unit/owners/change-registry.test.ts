import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Change, changeRegistry, type Entries } from "../../../cli/owners/change-registry.ts";
import { add, change, remove } from "../../../cli/owners/edits.ts";
import { registryStore } from "../../../cli/owners/registry-store.ts";
import { loadRegistry } from "../../../clients/vault/load-registry.ts";
import { loadSite, withRegistryFile } from "../../../config/load-site.ts";
import { ConfigError } from "../../../config/schema/problem.ts";
import type { Site } from "../../../config/schema/site.ts";
import { temporaryFolder } from "../../synth.ts";
import { KvStandIn } from "./kv-stand-in.ts";

const alice = { role: "namespace-owner", email: "a@example.com", namespaces: ["alice"] };
const bob = { role: "namespace-owner", email: "b@example.com", namespaces: ["bob"] };
const erin = { role: "namespace-owner", email: "e@example.com", namespaces: ["erin"] };

const home = await loadSite("home");
let kv: KvStandIn;

beforeEach(async () => {
	kv = await new KvStandIn({ k8s_users: JSON.stringify({ alice, bob }), other: "kept" }).start();
	vi.stubEnv("VAULT_ADDR", kv.address);
	vi.stubEnv("VAULT_TOKEN", "dummy");
});
afterEach(() => vi.unstubAllEnvs());

const written = () => JSON.parse(String(kv.data.k8s_users)) as Entries;
const run = (edit: Change["edit"], confirmedNamespaces: readonly string[] = [], site: Site = home) =>
	changeRegistry(registryStore(site), { edit, confirmedNamespaces });

describe("a change of the registry in Vault", () => {
	test("touches one key of the entry and leaves the others", async () => {
		const { written: done } = await run(add("erin", erin));
		expect(done).toBe(true);
		expect(written()).toEqual({ alice, bob, erin });
		expect(kv.data.other).toBe("kept");
	});

	test("that changes nothing writes nothing", async () => {
		const { written: done } = await run(add("alice", alice));
		expect(done).toBe(false);
		expect(kv.writes).toBe(0);
	});

	test("of an existing person is no addition", async () => {
		await expect(run(add("alice", { ...alice, email: "z@example.com" }))).rejects.toThrow(
			"alice is there already",
		);
		expect(kv.writes).toBe(0);
	});

	test("begins anew when somebody else was faster, and loses neither", async () => {
		let times = 0;
		kv.beforeWrite = () => {
			if (times++ > 0) return;
			kv.data = {
				...kv.data,
				k8s_users: JSON.stringify({
					...written(),
					frank: { ...erin, email: "f@example.com", namespaces: ["frank"] },
				}),
			};
			kv.version++;
		};
		await run(add("erin", erin));
		expect(Object.keys(written())).toEqual(["alice", "bob", "frank", "erin"]);
	});

	test("gives up when somebody else is always faster", async () => {
		kv.beforeWrite = () => {
			kv.version++;
		};
		await expect(run(add("erin", erin))).rejects.toThrow("has been changed");
		expect(written()).toEqual({ alice, bob });
	});

	test.for([
		[
			"is sealed",
			{ status: 503, body: '{"errors":["Vault is sealed"]}' },
			"answers 503: Vault is sealed or has no leader",
		],
		[
			"forbids it",
			{ status: 403, body: '{"errors":["permission denied"]}' },
			"answers 403: the token may not do that",
		],
		["has no such entry", { status: 404, body: '{"errors":[]}' }, "answers 404: there is no such entry"],
		[
			"answers with a page of a proxy",
			{ status: 200, body: "<html>" },
			"answers with something that is no JSON",
		],
		[
			"answers with half an entry",
			{ status: 200, body: '{"data":{"data":null}}' },
			"answers with something that is no entry of KV version 2",
		],
		[
			"has lost the key",
			{ status: 200, body: '{"data":{"data":{},"metadata":{"version":3}}}' },
			"the entry has no key k8s_users",
		],
	] as const)("writes nothing when Vault %s", async ([, refusal, message]) => {
		kv.refusals.GET.push(refusal);
		const error = await run(add("erin", erin)).catch((caught: unknown) => caught);
		expect(error).toBeInstanceOf(ConfigError);
		expect((error as ConfigError).problems[0]?.message).toContain(message);
		expect(kv.writes).toBe(0);
	});

	test("that Vault does not take is an error", async () => {
		kv.refusals.PATCH.push({ status: 503, body: "{}" });
		await expect(run(add("erin", erin))).rejects.toThrow("answers 503");
		expect(written()).toEqual({ alice, bob });
	});

	test("that is not there when it is read again is an error", async () => {
		kv.beforeWrite = () => {
			kv.refusals.GET.push({
				status: 200,
				body: JSON.stringify({
					data: { data: { k8s_users: JSON.stringify({ alice, bob }) }, metadata: { version: 9 } },
				}),
			});
		};
		await expect(run(add("erin", erin))).rejects.toThrow("what it says of erin is something else again");
	});

	test("without a server is an error that says so", async () => {
		// A port that no program of another test gets, and no connection leaves from.
		vi.stubEnv("VAULT_ADDR", "http://127.0.0.1:2");
		await expect(loadRegistry(home)).rejects.toMatchObject({
			problems: [{ message: expect.stringContaining("http://127.0.0.1:2 cannot be reached: ECONNREFUSED") }],
		});
	});

	test("whose result would be refused is not written", async () => {
		await expect(run(add("erin", { ...erin, namespaces: ["vault"] }))).rejects.toMatchObject({
			problems: [{ path: "erin.namespaces.0" }],
		});
		expect(kv.writes).toBe(0);
	});
});

describe("leaving", () => {
	test("takes two steps: who still has rights is not removed", async () => {
		await expect(run(remove("bob"), ["bob"])).rejects.toThrow("bob still has every right");
		await run(change("bob", { disabled: true }));
		await run(remove("bob"), ["bob"]);
		expect(written()).toEqual({ alice });
	});

	test.for([
		["removal", remove("bob")],
		["promotion to administrator", change("bob", { role: "admin", namespaces: undefined })],
		["loss of a namespace", change("bob", { namespaces: ["other"] })],
	] as const)("stops at a %s that destroys a namespace nobody confirmed", async ([, edit]) => {
		kv.data.k8s_users = JSON.stringify({ alice, bob: { ...bob, disabled: true } });
		await expect(run(edit)).rejects.toMatchObject({
			message: expect.stringContaining("nobody would have bob any more"),
			hint: "when that is meant: --confirm-namespace bob",
		});
		expect(kv.writes).toBe(0);
		expect((await run(edit, ["bob"])).written).toBe(true);
	});

	test("asks for nothing when somebody else keeps the namespace", async () => {
		kv.data.k8s_users = JSON.stringify({
			alice: { ...alice, namespaces: ["alice", "bob"] },
			bob: { ...bob, disabled: true },
		});
		expect((await run(remove("bob"))).written).toBe(true);
	});

	test("leaves the entry to try again when what comes first has failed", async () => {
		kv.data.k8s_users = JSON.stringify({ alice, bob: { ...bob, disabled: true } });
		const beforeWrite = () => Promise.reject(new Error("the server went away"));
		const removal = { edit: remove("bob"), confirmedNamespaces: ["bob"], beforeWrite };
		await expect(changeRegistry(registryStore(home), removal)).rejects.toThrow("the server went away");
		expect(Object.keys(written())).toEqual(["alice", "bob"]);
	});

	test("of somebody who is not there suggests who was meant", async () => {
		await expect(run(remove("alise"))).rejects.toMatchObject({ hint: "did you mean alice?" });
	});
});

describe("a registry in a file", () => {
	test("is replaced as a whole or not at all", async () => {
		const file = join(temporaryFolder(), "owners.json");
		writeFileSync(file, JSON.stringify({ alice }));
		const site = withRegistryFile(home, file);
		await run(add("erin", erin), [], site);
		expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ alice, erin });
		await expect(run(add("frank", { role: "owner" }), [], site)).rejects.toBeInstanceOf(ConfigError);
		expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ alice, erin });
	});

	test("loses nobody when several are added at once", async () => {
		const file = join(temporaryFolder(), "owners.json");
		writeFileSync(file, "{}");
		const site = withRegistryFile(home, file);
		const names = ["erin", "frank", "grace"];
		const entry = (name: string) => ({ role: "admin", email: `${name}@example.com` });
		await Promise.all(names.map((name) => run(add(name, entry(name)), [], site)));
		expect(Object.keys(JSON.parse(readFileSync(file, "utf8"))).sort()).toEqual(names);
	});

	test("that is not there is an error, not an empty registry", async () => {
		const site = withRegistryFile(home, join(temporaryFolder(), "none.json"));
		await expect(loadRegistry(site)).rejects.toMatchObject({
			problems: [{ message: expect.stringContaining("ENOENT") }],
		});
	});
});
