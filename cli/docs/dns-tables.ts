import type { Site } from "../../config/schema/site.ts";
import { foreignReportDomains } from "../../constructs/dns/dmarc.ts";
import { block, blocks, plain } from "../../world/blocks.ts";
import { dnsRecords } from "../../world/dns-records.ts";
import { kubernetesObjects } from "../../world/kubernetes-objects.ts";
import type { World } from "../../world/world.ts";
import { code, markdownTable } from "./markdown-table.ts";

/** Names that the ingress controller answers for. */
export function virtualHostTable({ virtualHosts, network: { domain } }: Site): string {
	return markdownTable(
		["Host", "Served by stack", "Records", "Tile", "Purpose"],
		Object.entries(virtualHosts).map(([label, { stack, records, homePage, purpose }]) => [
			code(`${label}.${domain}`),
			stack ?? "",
			records,
			homePage?.group ?? "",
			purpose,
		]),
	);
}

/** What a request passes on its way to each backend. */
export function ingressTable(world: World): string {
	const prefix = `${world.site.cluster.ingress.namespace}-`;
	const shared = (name: string) => name.replace(/@kubernetescrd$/, "").replace(new RegExp(`^${prefix}`), "");
	const rows = kubernetesObjects(world).all.flatMap(({ kind, resource, annotations }) => {
		if (kind !== "ingress") return [];
		const chain = plain(annotations["traefik.ingress.kubernetes.io/router.middlewares"]) ?? "";
		const names = chain.split(",").map((name) => code(shared(name)));
		return blocks(block(resource.arguments.spec).rule, "").flatMap(({ block: rule }) =>
			blocks(block(rule.http).path, "").map(({ block: entry }) => {
				const { service } = block(entry.backend);
				const port = plain(block(block(service).port).number);
				return [
					code(`${plain(rule.host)}${plain(entry.path)}`),
					code(`${plain(block(service).name)}:${port}`),
					names.join(", "),
				];
			}),
		);
	});
	return markdownTable(["Address", "Backend", "Middlewares, in order"], rows);
}

/** Every record that the stacks make. */
export function recordTable(world: World): string {
	return markdownTable(
		["Name", "Type", "Content", "Proxied", "Stack"],
		dnsRecords(world).map(({ name, type, content, resource }) => [
			code(name),
			type,
			code(content.length > 100 ? `${content.slice(0, 100)}…` : content),
			resource.arguments.proxied === true ? "yes" : "",
			resource.stack,
		]),
	);
}

/** Records by which other domains agree to get this one's DMARC reports. */
export function reportConsentTable({ mail, network: { domain } }: Site): string {
	return markdownTable(
		["Record in the other zone", "Type", "Content"],
		foreignReportDomains(mail.dns.dmarc, domain).map((other) => [
			code(`${domain}._report._dmarc.${other}`),
			"TXT",
			code("v=DMARC1"),
		]),
	);
}
