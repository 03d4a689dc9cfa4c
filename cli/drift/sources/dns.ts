import { zoneRecords } from "../../../clients/cloudflare/zone-records.ts";
import { asker, nameServersOf } from "../../../clients/dns/name-servers.ts";
import { dnsRecords } from "../../../world/dns-records.ts";
import type { Resource, World } from "../../../world/world.ts";
import { compareAnswers } from "./dns-answers.ts";
import { unmanagedRecords } from "./dns-records.ts";
import type { Source } from "./source.ts";

/**
 * The zone of the site: by the API of its provider, where a token is at hand, which lists every record; else by the
 * zone's name servers, which say only what they are asked for. What the state knows of a record, the plan compares.
 */
export const dns: Source = {
	name: "dns",
	stacks: (world) => [
		...new Set([...ownerOf(world), ...dnsRecords(world).map(({ resource }) => resource.stack)]),
	],
	look: async ({ world, stack, planned }) => {
		const { site } = world;
		if (site.dns.kind === "none") return {};
		const token = process.env.CLOUDFLARE_API_TOKEN ?? "";
		if (token !== "") {
			if (!ownerOf(world).includes(stack)) return {};
			const records = await zoneRecords({ ...site.dns, token });
			return { drifted: unmanagedRecords(dnsRecords(world), records) };
		}
		const ask = asker(await nameServersOf(site.network.domain));
		const waits = (resource: Resource) => resource.stack === stack && planned?.has(resource.address) === true;
		const records = dnsRecords(world).filter(({ resource }) => !waits(resource));
		return {
			...(await compareAnswers({ records, stack, zone: site.network.domain }, ask)),
			remarks: [
				"CLOUDFLARE_API_TOKEN is not set: the name servers were asked, which list no records that nobody declares",
			],
		};
	},
};

/** The stack that is asked about the zone as a whole. */
function ownerOf(world: World): string[] {
	const zone = world.stacks
		.flatMap(({ resources }) => resources)
		.find(({ mode, type }) => mode === "resource" && type === "cloudflare_zone_setting");
	return [zone ?? dnsRecords(world)[0]?.resource].flatMap((one) => one?.stack ?? []);
}
