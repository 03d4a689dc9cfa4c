import type { Site } from "../../../../config/schema/site.ts";
import { withIpv6, worldOf } from "../../mail/mail-harness.ts";
import { withCases } from "./with-cases.ts";

/** With a label more than a registrable domain has, which a filter may cut off where it looks for a key. */
export const domain = "lab.example.org";
export const second = "post.second.example";

const { mail, ...plain } = withCases(worldOf(domain, { [second]: false }), second);
const { smtp, imaps } = mail.listeners;
if (smtp === undefined || imaps === undefined) throw new Error("the site has no listeners smtp and imaps");

/** Another shape than `world.ts`: its domain, another relay with TLS from the start, IPv6, more listeners, other ports. */
export const world: Site = withIpv6({
	...plain,
	mail: {
		...mail,
		relay: { ...mail.relay, host: "smtp.relay.example", port: 465, tls: "implicit" },
		listeners: {
			...mail.listeners,
			smtp: { ...smtp, proxyPort: 12525 },
			again: {
				...smtp,
				publicPort: 2626,
				stockPort: 2626,
				proxyPort: 12626,
				nodePort: 30150,
				checkNodePort: 30160,
			},
			more: {
				...imaps,
				publicPort: 9993,
				stockPort: 9993,
				proxyPort: 19994,
				nodePort: 30151,
				checkNodePort: 30161,
			},
		},
	},
});
