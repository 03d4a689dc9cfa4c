import { describe, expect, test } from "vitest";
import { parseRegistry } from "../../../config/registry/parse-registry.ts";
import { ConfigError } from "../../../config/schema/problem.ts";
import { other, owner, problems } from "./entries.ts";

describe("a registry", () => {
	test("gives no owner a host that the site serves", () => {
		const text = JSON.stringify({ alice: { ...owner, domains: ["board"] } });
		expect(() => parseRegistry(text, "registry", ["board"])).toThrow(ConfigError);
		expect(parseRegistry(text, "registry", ["forum"]).domains).toMatchObject([{ label: "board" }]);
	});

	test("completes what an entry leaves out", () => {
		const { owners, namespaces } = parseRegistry(
			JSON.stringify({ alice: { ...owner, quota: { pods: "3" } } }),
		);
		expect(owners).toEqual([
			{
				key: "alice",
				role: "namespace-owner",
				email: "a@example.com",
				disabled: false,
				ciAdmin: false,
				namespaces: ["alice"],
				domains: [],
				podSecurity: "restricted",
			},
		]);
		expect(namespaces[0]?.quota).toEqual({
			cpuRequests: "2",
			memoryRequests: "4Gi",
			memoryLimits: "8Gi",
			pods: "3",
			storageRequests: "20Gi",
			persistentVolumeClaims: "5",
		});
	});

	test("may be empty: a platform without tenants", () => {
		expect(parseRegistry("{}")).toEqual({
			users: [],
			owners: [],
			disabledOwners: [],
			namespaces: [],
			pairs: [],
			domains: [],
		});
	});

	test("serves hosts of an owner where that owner is alone, and in a shared namespace those of who has no other", () => {
		const { namespaces } = parseRegistry(
			JSON.stringify({
				alice: { ...owner, namespaces: ["alice", "crew"], domains: ["shop"] },
				bob: { ...other, namespaces: ["crew"], domains: ["blog"] },
			}),
		);
		expect(namespaces.map(({ name, domains }) => [name, domains])).toEqual([
			["alice", ["shop"]],
			["crew", ["blog"]],
		]);
	});

	test("gives a shared namespace one quota, two owners, and the domains of both", () => {
		const shared = { ...owner, namespaces: ["crew"], domains: ["shop"], quota: { pods: "7" } };
		const { namespaces, pairs } = parseRegistry(
			JSON.stringify({
				bob: { ...other, namespaces: ["crew"], domains: ["blog"], pod_security: "baseline" },
				alice: shared,
			}),
		);
		expect(
			namespaces.map(({ name, owners, quota, podSecurity, domains }) => ({
				name,
				owners: owners.map(({ key }) => key),
				pods: quota.pods,
				podSecurity,
				domains,
			})),
		).toEqual([
			{
				name: "crew",
				owners: ["alice", "bob"],
				pods: "7",
				podSecurity: "restricted",
				domains: ["blog", "shop"],
			},
		]);
		expect(pairs).toHaveLength(2);
	});

	test("takes every right from a disabled owner and keeps the namespace", () => {
		const registry = parseRegistry(
			JSON.stringify({ alice: { ...owner, domains: ["shop"], disabled: true } }),
		);
		expect(registry.owners).toEqual([]);
		expect(registry.disabledOwners.map(({ key }) => key)).toEqual(["alice"]);
		expect(registry.pairs).toEqual([]);
		expect(registry.domains).toEqual([]);
		expect(registry.namespaces.map(({ name, domains }) => [name, domains])).toEqual([["alice", []]]);
	});

	test("is the same in whatever order it is written", () => {
		const one = parseRegistry(JSON.stringify({ alice: owner, bob: other }));
		const two = parseRegistry(JSON.stringify({ bob: other, alice: owner }));
		expect(JSON.stringify(one)).toBe(JSON.stringify(two));
	});

	test("cannot be changed", () => {
		const { owners } = parseRegistry(JSON.stringify({ alice: owner }));
		expect(() => Object.assign(owners[0] ?? {}, { key: "x" })).toThrow(TypeError);
	});

	test("keeps addresses in lower case, as the API server compares them", () => {
		expect(
			parseRegistry(JSON.stringify({ alice: { ...owner, email: "A.B@Example.com" } })).users[0]?.email,
		).toBe("a.b@example.com");
	});

	test("has no names that two pairs could share: a-b in c is not a in b-c", () => {
		expect(
			problems({ "a-b": { ...owner, namespaces: ["c-c"] }, aa: { ...other, namespaces: ["b-cc"] } }),
		).toEqual([]);
	});
});
