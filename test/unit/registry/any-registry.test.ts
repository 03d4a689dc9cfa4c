import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseRegistry } from "../../../config/registry/parse-registry.ts";
import { ConfigError } from "../../../config/schema/problem.ts";

describe("a registry that is accepted", () => {
	const names = fc.oneof(
		// Most are well-formed: one that is not has the whole registry refused, and then nothing has been tried.
		{ weight: 20, arbitrary: fc.stringMatching(/^[a-z][a-z0-9]{1,10}(-[a-z0-9]{1,5})?$/) },
		fc.stringMatching(/^[a-z0-9][a-z0-9-]{1,20}[a-z0-9]$/),
		fc.stringMatching(/^[a-z0-9-]{1,60}$/),
		fc.string({ maxLength: 8 }),
		fc.constantFrom("alice", "bob", "ci", "*", "+", "../x", "__proto__", "constructor"),
	);
	const entry = fc.record(
		{
			role: fc.constantFrom("namespace-owner", "namespace-owner", "namespace-owner", "admin", "owner"),
			email: fc.oneof(fc.constantFrom("a@example.com", "b@example.com"), fc.emailAddress()),
			namespaces: fc.array(names, { minLength: 1, maxLength: 2 }),
			domains: fc.array(names, { maxLength: 1 }),
			disabled: fc.boolean(),
		},
		{ requiredKeys: ["role", "email", "namespaces"] },
	);
	const accepted = (text: string) => {
		try {
			return parseRegistry(text);
		} catch (error) {
			if (error instanceof ConfigError) return undefined;
			throw error;
		}
	};

	test("holds nothing that Kubernetes, DNS or a policy of Vault would misread", () => {
		let seen = 0;
		fc.assert(
			fc.property(fc.dictionary(names, entry, { maxKeys: 3 }), (input) => {
				const registry = accepted(JSON.stringify(input));
				if (registry === undefined) return;
				for (const { key } of registry.users) expect(key).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])$/);
				for (const { name } of registry.namespaces) {
					seen++;
					expect(`${name}-deployer`).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
				}
				for (const { label } of registry.domains)
					expect(label).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
				expect(new Set(registry.domains.map(({ label }) => label)).size).toBe(registry.domains.length);
			}),
			{ numRuns: 3000 },
		);
		expect(seen).toBeGreaterThan(200);
	});

	test("is the same to the byte in whatever order its entries and their fields were written", () => {
		const sound = fc.record({
			pods: fc.integer({ min: 1, max: 110 }),
			count: fc.integer({ min: 1, max: 5 }),
		});
		fc.assert(
			fc.property(fc.array(sound, { maxLength: 5 }), (people) => {
				const written = people.map(({ pods, count }, index) => [
					`user${index}`,
					{
						role: "namespace-owner",
						email: `user${index}@example.com`,
						quota: { pods: String(pods) },
						namespaces: Array.from({ length: count }, (_, number) => `user${index}-${number}`),
					},
				]);
				const reversed = written
					.map(([key, fields]) => [key, Object.fromEntries(Object.entries(fields ?? {}).reverse())])
					.reverse();
				const bytes = (list: unknown[][]) =>
					JSON.stringify(parseRegistry(JSON.stringify(Object.fromEntries(list))));
				expect(bytes(reversed)).toBe(bytes(written));
			}),
		);
	});

	test("came from text that no shape of JSON can turn into a crash", () => {
		fc.assert(
			fc.property(
				fc.oneof(
					fc.json(),
					fc.string(),
					fc.jsonValue().map((value) => JSON.stringify({ alice: value })),
				),
				(text) => {
					accepted(text);
				},
			),
			{ numRuns: 2000 },
		);
	});
});
