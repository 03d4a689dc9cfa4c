import { createPublicKey } from "node:crypto";
import { startsInADay } from "./cron.ts";
import { networkOf, overlap } from "./ip-network.ts";
import { domainOf, mailDomains } from "./mail-domains.ts";
import type { Problem } from "./problem.ts";
import type { Site } from "./site.ts";

/** Generation of Dovecot by the release of docker-mailserver, where it is known. */
const dovecotOf: ReadonlyMap<string, Site["mail"]["dovecot"]> = new Map([["15", "2.3"]]);

/** Settings are written for the Dovecot that the image has. The pod compares them again, with what it really has. */
export function* dovecotIsTheImages({ mail: { image, dovecot } }: Pick<Site, "mail">): Iterable<Problem> {
	const release = /(?:^|\/)docker-mailserver:v?(\d+)/.exec(image)?.[1];
	const known = release === undefined ? undefined : dovecotOf.get(release);
	if (known !== undefined && known !== dovecot)
		yield { path: "mail.dovecot", message: `expected ${known}, which docker-mailserver ${release} has` };
}

/** Every address ends at a mailbox or outside the domains, and no alias diverts the mail of a mailbox. */
export function* addressesLeadSomewhere({
	network,
	mail,
}: Pick<Site, "network" | "mail">): Iterable<Problem> {
	const { accounts, aliases, catchAll } = mail;
	const domains = mailDomains({ network, mail });
	const names = domains.map(({ name }) => name);
	const own = (address: string) => names.includes(domainOf(address).toLowerCase());
	/** What becomes of mail for an address that is none. */
	const unknown = (address: string) =>
		domains.find(({ name }) => name === domainOf(address).toLowerCase())?.catchAll === undefined
			? "mail to it is refused"
			: "the catch-all would get it";
	const expected = `expected an address of ${names.join(" or ")}`;
	for (const [index, account] of accounts.entries()) {
		const path = `mail.accounts.${index}`;
		if (!own(account)) yield { path, message: expected };
		if (accounts.indexOf(account) !== index) yield { path, message: `${account} is listed twice` };
	}
	if (!accounts.includes(catchAll))
		yield {
			path: "mail.catchAll",
			message: "expected one of mail.accounts: mail to nobody would bounce back and forth",
			input: catchAll,
			candidates: accounts,
		};
	for (const [alias, targets] of Object.entries(aliases)) {
		const path = `mail.aliases.${alias}`;
		if (!own(alias)) yield { path, message: expected };
		if (accounts.includes(alias))
			yield {
				path,
				message: `${alias} has a mailbox: its own line leads there, and a second one is not read`,
			};
		for (const target of targets)
			if (own(target) && !accounts.includes(target) && !Object.hasOwn(aliases, target))
				yield {
					path,
					message: `${target} is neither an account nor an alias: ${unknown(target)}`,
					input: target,
					candidates: [...accounts, ...Object.keys(aliases)],
				};
		if (reaches(aliases, alias, alias)) yield { path, message: `${alias} leads back to itself` };
	}
}

function reaches(
	aliases: Site["mail"]["aliases"],
	from: string,
	to: string,
	seen = new Set<string>(),
): boolean {
	return (aliases[from] ?? []).some((target) => {
		if (target === to) return true;
		if (seen.has(target)) return false;
		seen.add(target);
		return reaches(aliases, target, to, seen);
	});
}

/**
 * Mail for the world goes to somebody else. Postfix gives up mail that comes back to itself; and the names that a relay's
 * certificate carries have a dot.
 */
export function* relayIsAnother({ network, mail }: Pick<Site, "network" | "mail">): Iterable<Problem> {
	const { host } = mail.relay;
	const own = `${mail.host}.${network.domain}`;
	if (host === own || !host.includes("."))
		yield {
			path: "mail.relay.host",
			message: `${host === own ? "that is the mail server itself" : "it has no domain"}: expected the name in the relay's certificate, such as smtp.example.net`,
		};
}

/** Rspamd says in its log that it cannot load a key of another kind, and lets mail pass unsigned. */
export function* signersAreRsa(site: Pick<Site, "network" | "mail">): Iterable<Problem> {
	for (const { path, dns, dkimSelector } of mailDomains(site)) {
		const pem = dns.dkim[dkimSelector]?.publicKey;
		if (pem !== undefined && publicKeyType(pem) === "ed25519")
			yield {
				path: `${path}.dns.dkim.${dkimSelector}.publicKey`,
				message: "expected a key of RSA: the filter signs with no other, and mail would leave unsigned",
			};
	}
}

function publicKeyType(pem: string): string | undefined {
	try {
		return createPublicKey(pem).asymmetricKeyType;
	} catch {
		// What is no key at all is told of where its record is made.
		return undefined;
	}
}

/** Further domains have addresses, a zone, and a key that is published. */
export function* mailDomainsAreWhole({
	network,
	dns,
	mail,
}: Pick<Site, "network" | "dns" | "mail">): Iterable<Problem> {
	const addresses = [...mail.accounts, ...Object.keys(mail.aliases)];
	for (const [name, domain] of Object.entries(mail.domains)) {
		const path = `mail.domains.${name}`;
		if (name === network.domain) yield { path, message: "that is network.domain: mail has it already" };
		// What is for the host itself, Postfix looks for among the users of the system.
		if (name === `${mail.host}.${network.domain}` || !name.includes("."))
			yield {
				path,
				message: `expected a domain beside the server's own name: mail for it would find no mailbox`,
			};
		// The image takes mail for domains of which it sees an address.
		if (!domain.catchAll && !addresses.some((address) => domainOf(address) === name))
			yield {
				path,
				message: `no account or alias ends with @${name}, and the catch-all gets nothing: its mail would be refused`,
			};
		if (!Object.hasOwn(domain.dns.dkim, domain.dkimSelector))
			yield {
				path: `${path}.dkimSelector`,
				message: `expected one of ${path}.dns.dkim: nobody could verify a signature`,
				input: domain.dkimSelector,
				candidates: Object.keys(domain.dns.dkim),
			};
		if (dns.kind !== "none" && domain.zoneId === undefined && !name.endsWith(`.${network.domain}`))
			yield { path: `${path}.zoneId`, message: `missing: ${name} has a zone of its own` };
	}
}

/** The probe stays within its share of the relay's daily limit, and its mail arrives in the mailbox that it reads. */
export function* probesArrive(site: Pick<Site, "network" | "mail">): Iterable<Problem> {
	const { probe, relay, accounts, aliases, catchAll } = site.mail;
	// One in, one out.
	const probes = 2 * startsInADay(probe.schedule);
	if (probes > relay.dailyLimit / 2)
		yield {
			path: "mail.probe.schedule",
			message: `${probes} probes a day are more than half of the relay's ${relay.dailyLimit} messages`,
		};
	const domain = mailDomains(site).find(({ name }) => name === domainOf(probe.recipient));
	const nobody = domain?.catchAll === undefined ? [] : [catchAll];
	const gets = aliases[probe.recipient] ?? (accounts.includes(probe.recipient) ? [probe.recipient] : nobody);
	// Others would keep what the probe removes from the catch-all's mailbox only.
	const wrong = gets.filter((address) => address !== catchAll);
	if (gets.length === 0 || wrong.length > 0)
		yield {
			path: "mail.probe.recipient",
			message: `${wrong.join(", ") || "nobody"} would get its mail: expected an address of the catch-all's, ${catchAll}`,
		};
}

/** Whoever finds the IPv6 address of the mail server in the DNS is answered there. */
function* edgeHasBothFamilies({ network, mail }: Pick<Site, "network" | "mail">): Iterable<Problem> {
	const path = "mail.edge.ipv6Interface";
	const ipv6 = network.public?.ipv6;
	const { ipv6Interface } = mail.edge;
	if (ipv6 !== undefined && ipv6Interface === undefined)
		yield {
			path,
			message: `missing: network.public has ${ipv6}, and pfSense must let mail in there: expected the interface where it arrives`,
		};
	if (ipv6 === undefined && ipv6Interface !== undefined)
		yield { path, message: "there is no network.public.ipv6 that mail could arrive at" };
}

/** Names in the mail settings exist elsewhere in the site: host, edge, signing key and node-port sources. */
export function* mailFitsTheSite(
	site: Pick<Site, "network" | "cluster" | "virtualHosts" | "mail">,
): Iterable<Problem> {
	const { network, cluster, virtualHosts, mail } = site;
	const host = virtualHosts[mail.host];
	if (host === undefined)
		yield {
			path: "mail.host",
			message: `there is no host "${mail.host}" in virtualHosts`,
			input: mail.host,
			candidates: Object.keys(virtualHosts),
		};
	else if (host.records === "proxied")
		yield {
			path: `virtualHosts.${mail.host}.records`,
			message: "expected another than proxied: mail does not pass the tunnel",
		};
	if (!Object.hasOwn(network.hosts, mail.edge.proxy))
		yield {
			path: "mail.edge.proxy",
			message: `there is no host "${mail.edge.proxy}" in network.hosts`,
			input: mail.edge.proxy,
			candidates: Object.keys(network.hosts),
		};
	yield* edgeHasBothFamilies(site);
	if (!Object.hasOwn(mail.dns.dkim, mail.dkimSelector))
		yield {
			path: "mail.dkimSelector",
			message: "expected one of mail.dns.dkim: nobody could verify a signature",
			input: mail.dkimSelector,
			candidates: Object.keys(mail.dns.dkim),
		};
	for (const [index, source] of cluster.nodePortSources.entries()) {
		if (Object.hasOwn(network.subnets, source)) continue;
		const path = `cluster.nodePortSources.${index}`;
		if (networkOf(source) !== source)
			yield {
				path,
				message: "expected a subnet of network.subnets or an address such as 10.10.0.1/32",
				input: source,
				candidates: Object.keys(network.subnets),
			};
		else if (!source.endsWith("/32") && overlap(source, network.pods))
			yield {
				path,
				message: `expected single addresses of ${network.pods}, such as 10.10.0.1/32: any pod could forge the address of a sender`,
			};
	}
}
