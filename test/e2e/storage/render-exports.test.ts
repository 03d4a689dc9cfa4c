import fc from "fast-check";
import { expect, test } from "vitest";
import { check } from "../../../cli/exports/check.ts";
import { thisMachine } from "../../../clients/host/target.ts";
import { loadSite } from "../../../config/load-site.ts";
import { nfsExports } from "../../../config/schema/exports.ts";
import { networkOf } from "../../../config/schema/ip-network.ts";
import { exportTable } from "../../../constructs/storage/exports/export-table.ts";
import { renderExports } from "../../../constructs/storage/exports/render-exports.ts";
import { needs } from "../harness/needs.ts";

needs("root", "exportfs");

const lab = await loadSite("lab");
const subnetNames = ["a", "b", "c"] as const;
const hostNames = ["m", "n"] as const;

const address = fc.ipV4().filter((text) => !text.startsWith("0."));
const cidr = fc
	.tuple(address, fc.integer({ min: 1, max: 32 }))
	.map(([host, prefix]) => networkOf(`${host}/${prefix}`) ?? "");
/** Distinct, as the schema wants them; that they may overlap here does not matter to exportfs. */
const network = fc.record({
	cidrs: fc.uniqueArray(cidr, { minLength: subnetNames.length, maxLength: subnetNames.length }),
	addresses: fc.uniqueArray(address, { minLength: hostNames.length, maxLength: hostNames.length }),
});
const segment = fc.stringMatching(/^[\w.-]{1,12}$/);
const entry = fc.record(
	{
		path: fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => `/srv/${parts.join("/")}`),
		clients: fc.oneof(
			fc.constant(["any"]),
			fc.uniqueArray(fc.constantFrom(...subnetNames, ...hostNames), { minLength: 1 }),
		),
		access: fc.constantFrom("rw", "ro"),
		sync: fc.constantFrom("sync", "async"),
		squash: fc.constantFrom("root_squash", "no_root_squash", "all_squash"),
		secure: fc.boolean(),
		subtreeCheck: fc.boolean(),
		fsid: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 2 ** 31 - 1 })),
	},
	{ requiredKeys: ["path", "clients"] },
);
const accepted = fc
	.array(entry, { minLength: 1, maxLength: 5 })
	.map((entries) => nfsExports.safeParse(entries))
	.filter(({ success }) => success)
	.map(({ data = [] }) => data);

test("whatever the schema accepts, exportfs loads without a word and as it was meant", async () => {
	await fc.assert(
		fc.asyncProperty(network, accepted, async ({ cidrs, addresses }, exports) => {
			const subnets = subnetNames.map((name, index) => [name, { cidr: cidrs[index] ?? "", purpose: "" }]);
			const hosts = hostNames.map((name, index) => [
				name,
				{ address: addresses[index] ?? "", subnet: "a", purpose: "" },
			]);
			const site = {
				...lab,
				storage: { ...lab.storage, exports },
				network: {
					...lab.network,
					subnets: Object.fromEntries(subnets),
					hosts: Object.fromEntries(hosts),
				},
			};
			const { problems } = await check(thisMachine, { text: renderExports(site), model: exportTable(site) });
			expect(problems).toEqual([]);
		}),
		{ numRuns: 150 },
	);
});
