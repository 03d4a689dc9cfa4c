import { openTarget } from "../../../clients/host/ssh-target.ts";
import { VisibleError } from "../../../config/schema/visible-error.ts";
import { exportTable as modelOf } from "../../../constructs/storage/exports/export-table.ts";
import { renderExports } from "../../../constructs/storage/exports/render-exports.ts";
import { nfsShares } from "../../../world/nfs-shares.ts";
import { assess } from "../../exports/assess.ts";
import { renderDifference } from "../../exports/compare-tables.ts";
import { nfsServer } from "../../exports/nfs-server.ts";
import type { DriftedObject } from "../stack-drift.ts";
import type { Source } from "./source.ts";

/** The table of exports on the NFS server, as `infra exports diff` compares it. */
export const exportTable: Source = {
	name: "exports",
	stacks: (world) =>
		nfsShares(world)
			.slice(0, 1)
			.map(({ resource }) => resource.stack),
	look: async ({ world: { site } }) => {
		const server = nfsServer(site);
		if (server.login === undefined)
			return { leftOut: `the site states no host key for ${server.name} (${server.setting})` };
		using target = openTarget(server, { local: false });
		const proposal = { text: renderExports(site), source: `site ${site.name}`, model: modelOf(site) };
		const { state, patch, table, loaded } = await assess(target, {
			...proposal,
			consumers: [],
			confirmed: [],
		});
		if (loaded.complaints.length > 0)
			throw new VisibleError(
				`exportfs of ${server.name} reads the site's table with: ${loaded.complaints.join("; ")}`,
			);
		const found = (address: string, lines: DriftedObject["arguments"]): DriftedObject => ({
			what: "changed",
			address: `exports ${server.name}: ${address}`,
			risk: "caution",
			arguments: lines,
			consequences: ["infra exports apply brings the site's table back; infra exports diff shows all of it"],
		});
		return {
			drifted: [
				...(patch === ""
					? []
					: [
							found("/etc/exports", [
								{
									path: "",
									before: { shown: proposal.text },
									after: state.file === undefined ? "absent" : { shown: state.file },
								},
							]),
						]),
				...(table.length === 0
					? []
					: [
							found(
								"the table in force",
								table.map((difference) => ({
									path: renderDifference(difference),
									before:
										difference.expected === undefined ? "absent" : { shown: difference.expected.join() },
									after: difference.actual === undefined ? "absent" : { shown: difference.actual.join() },
								})),
							),
						]),
				...state.extraFiles.map((file) => ({ ...found(file, []), what: "unmanaged" as const })),
			],
		};
	},
};
