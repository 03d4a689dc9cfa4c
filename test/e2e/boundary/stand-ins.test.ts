import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { foreignKinds } from "../../../lab/foreign-kinds.ts";
import { externalSecretsSource } from "../../../lab/products/external-secrets.ts";
import { type ProductFiles, productFileCommands, productFiles } from "../../../lab/products/product-files.ts";
import { needsPrograms } from "../harness/programs.ts";
import { addOnKinds, aggregatedRoles } from "../platform/add-ons.ts";

/** Tests without the operator take its kinds and rights from a list, which is compared with the product here. */
const ready = needsPrograms("external-secrets", ...productFileCommands);
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-product-`));
let product: ProductFiles;

beforeAll(async () => {
	if (ready) product = await productFiles(externalSecretsSource, folder);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

const ofOperator = ({ group }: { readonly group: string }) => group.endsWith("external-secrets.io");

test("the list has the kinds of the product", () => {
	const listed = [...foreignKinds, ...addOnKinds].filter(ofOperator).map(({ plural }) => plural);
	// The chart lets nobody write the one that is left out.
	const all = [...listed, "stssessiontokens"];
	const served = product.definitions.map(({ spec }) => spec.names.plural);
	expect([...new Set<string>(all)].sort()).toEqual(served.sort());
});

test.for(foreignKinds.filter(ofOperator))(
	"the product serves $kind in the version of the stacks alone",
	(kind) => {
		const definition = product.definitions.find(({ spec }) => spec.names.plural === kind.plural);
		const served = definition?.spec.versions.filter((one) => one.served).map((one) => one.name);
		expect([definition?.spec.scope, served]).toEqual([kind.scope, [kind.version]]);
	},
);

test("the chart aggregates into the role admin what the list says", () => {
	const name = "external-secrets-edit";
	const flat = (rules: NonNullable<ProductFiles["objects"][number]["rules"]>) =>
		rules
			.flatMap(({ apiGroups, resources = [], verbs }) =>
				resources.flatMap((resource) => verbs.map((verb) => `${apiGroups} ${resource} ${verb}`)),
			)
			.sort();
	const chart = product.objects.find(({ metadata }) => metadata.name === name);
	expect(chart?.metadata.labels).toMatchObject({ "rbac.authorization.k8s.io/aggregate-to-admin": "true" });
	const listed = aggregatedRoles.find(({ metadata }) => metadata.name === name);
	expect(flat(chart?.rules ?? [])).toEqual(flat(listed?.rules ?? []));
});
