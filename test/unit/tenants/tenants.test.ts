import { describe, expect, test } from "vitest";
import { loadSite } from "../../../config/load-site.ts";
import { parseRegistry } from "../../../config/registry/parse-registry.ts";
import { loadStack } from "../../../stacks/catalogue.ts";
import type { StackDocument } from "../../../world/world.ts";
import { testApp } from "../../synth.ts";

const vault = await loadStack("vault");

const lab = await loadSite("lab");
const person = (name: string, more: object = {}) => ({
	role: "namespace-owner",
	email: `${name}@example.com`,
	namespaces: [name],
	...more,
});
const alice = person("alice", { domains: ["shop"] });
const bob = person("bob", { namespaces: ["bob", "bob-dev"] });
const erin = person("erin");

async function synthesised(entries: object): Promise<StackDocument> {
	const app = await testApp([vault], lab, parseRegistry(JSON.stringify(entries)));
	const { documents, findings } = app.check();
	expect(findings).toEqual([]);
	const [document] = documents;
	if (document === undefined) throw new Error("there is no stack");
	return document;
}

/** Blocks by address, as text. */
function blocks({ resources }: StackDocument): Map<string, string> {
	return new Map(resources.map(({ address, arguments: given }) => [address, JSON.stringify(given)]));
}

/** Addresses that one document has and the other lacks, or has otherwise. */
function difference(before: StackDocument, after: StackDocument) {
	const [old, now] = [blocks(before), blocks(after)];
	return {
		created: [...now.keys()].filter((address) => !old.has(address)),
		destroyed: [...old.keys()].filter((address) => !now.has(address)),
		changed: [...now.keys()].filter((address) => old.has(address) && old.get(address) !== now.get(address)),
	};
}

/** The list of all tenants: what Vault may bind. */
const lists = [/contents_kubernetes_cluster-role_/];
const belongsTo = (name: string) => (address: string) =>
	/_v1\.|vault_/.test(address) && address.includes(name);

describe("the objects of tenants", () => {
	test.for<[count: string, entries: object]>([
		["no", {}],
		["one", { alice }],
		["three", { alice, bob, erin }],
	])("of a registry with %s owners are what was reviewed", async ([count, entries]) => {
		const { resources } = await synthesised(entries);
		const tenants = resources.filter(({ path }) => /\/(owner|namespace)-/.test(path));
		const text = tenants.map(({ path, type, arguments: given }) => ({ path, type, ...given }));
		await expect(`${JSON.stringify(text, null, "\t")}\n`).toMatchFileSnapshot(
			`./__snapshots__/${count}-owners.json`,
		);
	});

	test("are eight for an owner, four for a namespace, and three for the reader of one that a person has alone", async () => {
		const [none, all] = await Promise.all([synthesised({}), synthesised({ alice, bob, erin })]);
		expect(all.resources.length - none.resources.length).toBe(3 * 8 + 4 * (4 + 3));
	});

	test("of an owner with an organisation at the CI server are two more: the login of the pipelines, and its policy", async () => {
		const { created, destroyed, changed } = difference(
			await synthesised({ alice, bob }),
			await synthesised({ alice, bob: { ...bob, ci_org_id: 3 } }),
		);
		expect([destroyed, changed]).toEqual([[], []]);
		expect(created.map((address) => address.split(".")[0]).sort()).toEqual([
			"vault_kubernetes_auth_backend_role",
			"vault_policy",
		]);
	});

	test("of a newcomer touch nothing of the others but the lists of all", async () => {
		const { created, destroyed, changed } = difference(
			await synthesised({ alice, bob }),
			await synthesised({ alice, bob, erin }),
		);
		expect(destroyed).toEqual([]);
		expect(created.every(belongsTo("erin"))).toBe(true);
		expect(changed.every((address) => lists.some((list) => list.test(address)))).toBe(true);
	});

	test("of somebody who leaves go alone", async () => {
		const { created, destroyed, changed } = difference(
			await synthesised({ alice, bob }),
			await synthesised({ alice }),
		);
		expect(created).toEqual([]);
		expect(destroyed).toHaveLength(8 + 2 * (4 + 3));
		expect(destroyed.every(belongsTo("bob"))).toBe(true);
		expect(changed.every((address) => lists.some((list) => list.test(address)))).toBe(true);
	});

	test("stay when a namespace changes hands", async () => {
		const { created, destroyed } = difference(
			await synthesised({ alice, bob }),
			await synthesised({ alice: person("alice", { namespaces: ["alice", "bob-dev"] }), bob: person("bob") }),
		);
		expect([created, destroyed]).toEqual([[], []]);
	});

	test("are one for a namespace that two owners share", async () => {
		const { resources } = await synthesised({
			alice: person("alice", { namespaces: ["crew"] }),
			bob: person("bob", { namespaces: ["crew"] }),
		});
		expect(resources.filter(({ path }) => path === "vault/namespace-crew/namespace/Resource")).toHaveLength(
			1,
		);
	});

	test("are the same bytes for the same registry in another order", async () => {
		const one = await synthesised({ alice, bob, erin });
		const other = await synthesised({ erin, bob, alice });
		expect(JSON.stringify(one.json)).toBe(JSON.stringify(other.json));
	});
});

describe("the first phase of a new Vault", () => {
	test("has the server, asks nobody for the registry, and writes nothing to Vault", async () => {
		const home = await loadSite("home");
		const site = { ...home, vault: { ...home.vault, phase: "server" as const } };
		const app = await testApp([vault], site);
		const [document] = app.check().documents;
		const types = document?.resources.map(({ type }) => type.split("_")[0]);
		expect(types).toContain("helm");
		expect(types).not.toContain("vault");
	});
});
