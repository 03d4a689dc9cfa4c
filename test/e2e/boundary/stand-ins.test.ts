import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { foreignKinds } from "../../../lab/foreign-kinds.ts";
import { externalSecretsSource } from "../../../lab/products/external-secrets.ts";
import { kyvernoSource } from "../../../lab/products/kyverno.ts";
import { type ProductFiles, productFileCommands, productFiles } from "../../../lab/products/product-files.ts";
import { needsPrograms } from "../harness/programs.ts";
import { addOnKinds, aggregatedRoles } from "../platform/add-ons.ts";

/** Tests without the products take their kinds and rights from lists, which are compared with the products here. */
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-products-`));
afterAll(() => rmSync(folder, { recursive: true }));

const products = [
	{
		source: externalSecretsSource,
		groups: /(^|\.)external-secrets\.io$/,
		// The chart lets nobody write it.
		left: ["stssessiontokens.generators.external-secrets.io"],
	},
	{
		source: kyvernoSource,
		groups: /(^|\.)(kyverno|wgpolicyk8s)\.io$/,
		// Neither of these: nobody but the administrator of the cluster.
		left: ["globalcontextentries.kyverno.io", "policyexceptions.kyverno.io"],
	},
];

describe.each(products)("$source.name", ({ source, groups, left }) => {
	const ready = needsPrograms(source.tool, ...productFileCommands);
	let product: ProductFiles;
	beforeAll(async () => {
		if (!ready) return;
		const own = join(folder, source.name);
		mkdirSync(own);
		product = await productFiles(source, own);
	}, 60_000);

	const listed = [...foreignKinds, ...addOnKinds].filter(({ group }) => groups.test(group));
	const kinds = foreignKinds.filter(({ group }) => groups.test(group));

	test("has the kinds of the list", () => {
		const names = new Set([...listed.map(({ plural, group }) => `${plural}.${group}`), ...left]);
		expect([...names].sort()).toEqual(product.definitions.map(({ metadata }) => metadata.name).sort());
	});

	test("serves them as the list says", () => {
		for (const kind of [...kinds, ...addOnKinds.filter(({ group }) => groups.test(group))]) {
			const name = `${kind.plural}.${kind.group}`;
			const { spec } = product.definitions.find(({ metadata }) => metadata.name === name) ?? {};
			expect([name, spec?.scope, spec?.names.kind]).toEqual([name, kind.scope, kind.kind]);
		}
	});

	test.for(kinds)("serves $kind in the version of the stacks, and none of those that are retired", (kind) => {
		const { spec } =
			product.definitions.find(({ metadata }) => metadata.name === `${kind.plural}.${kind.group}`) ?? {};
		const served = spec?.versions.filter((one) => one.served).map((one) => one.name);
		expect(served).toContain(kind.version);
		expect("retired" in kind ? served?.filter((one) => kind.retired.some((old) => old === one)) : []).toEqual(
			[],
		);
	});

	test("aggregates into the role admin what the list says", () => {
		const flat = (roles: readonly { rules?: ProductFiles["objects"][number]["rules"] }[]) =>
			roles
				.flatMap(({ rules = [] }) => rules)
				.flatMap(({ apiGroups = [], resources = [], verbs }) =>
					apiGroups.flatMap((group) =>
						resources.flatMap((resource) => verbs.map((verb) => `${group} ${resource} ${verb}`)),
					),
				)
				.filter((right) => writes.some((verb) => right.endsWith(` ${verb}`)))
				.sort();
		const writes = ["create", "delete", "deletecollection", "patch", "update"];
		const ofChart = product.objects.filter(
			({ metadata: { labels = {} } }) => labels["rbac.authorization.k8s.io/aggregate-to-admin"] === "true",
		);
		const ofList = aggregatedRoles.filter(({ metadata }) => metadata.name.startsWith(source.name));
		expect(flat(ofList)).toEqual(flat(ofChart));
		expect(flat(ofChart)).not.toEqual([]);
	});
});
