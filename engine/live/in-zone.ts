import { zoneRecords } from "../../clients/cloudflare/zone-records.ts";
import type { Live, LiveTwin } from "../../review/live.ts";
import type { PlannedChange } from "../../review/plan/plan-summary.ts";
import { block, plain } from "../../world/blocks.ts";
import type { Json, World } from "../../world/world.ts";

/** Types of records of which the API takes no two with one name. */
const alone = "CNAME";

/** Records of the zone with the names of those that a plan makes. */
export async function inZone(
	made: readonly PlannedChange[],
	{ site }: World,
	env: NodeJS.ProcessEnv,
): Promise<Partial<Live>> {
	const records = made.filter(({ type }) => type === "cloudflare_dns_record");
	if (records.length === 0 || site.dns.kind === "none") return {};
	const token = env.CLOUDFLARE_API_TOKEN ?? "";
	if (token === "") return { errors: ["CLOUDFLARE_API_TOKEN is not set, so the zone was not asked"] };
	const listed = await zoneRecords({ ...site.dns, token });
	const twins = records.flatMap(({ address, values }): LiveTwin[] => {
		const { name, type, content } = block(values?.after as Json);
		return listed
			.filter((one) => one.name.toLowerCase() === (plain(name) ?? "").toLowerCase())
			.flatMap((one) => {
				const conflict = one.type === alone || type === alone;
				if (!conflict && one.type !== type) return [];
				const refused = conflict || one.content === content;
				const since = one.created_on === undefined ? "" : ` of ${one.created_on}`;
				const what = `${one.type} record ${one.name} -> ${one.content}${since}`;
				return [{ address, effect: refused ? "refused" : "beside", what }];
			});
	});
	return { twins };
}
