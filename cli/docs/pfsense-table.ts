import type { Site } from "../../config/schema/site.ts";
import { mailEdge } from "../../constructs/mail/edge.ts";
import { code, markdownTable } from "./markdown-table.ts";

/** The objects of the mail edge on pfSense, and the redirects that point to them. */
export function pfsenseTable(site: Site): string {
	const { haproxy, nat, passes } = mailEdge(site);
	return markdownTable(
		["Frontend", "Listens at", "Pool", "Leads to port", "Checks port", "Of servers", "Let in by"],
		haproxy.frontends.map(({ name, ips = [], port, routes }) => {
			const pool = routes[0]?.backend;
			const servers = pool?.servers ?? [];
			const redirect = nat.find((rule) => rule.port === port);
			const checkPorts = servers.flatMap(({ check }) => (check && "port" in check ? [check.port] : []));
			return [
				code(name),
				ips.map((ip) => code(ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`)).join(", "),
				code(pool?.name ?? ""),
				[...new Set(servers.map(({ port }) => port))].join(", "),
				[...new Set(checkPorts)].join(", "),
				servers.map(({ name }) => name).join(", "),
				[
					...(redirect ? [`NAT redirect of ${redirect.interface} to ${code(redirect.target)}`] : []),
					...passes
						.filter((pass) => pass.port === port)
						.map((pass) => `filter rule of ${pass.interface} for ${code(pass.target)}`),
				].join(", "),
			];
		}),
	);
}
