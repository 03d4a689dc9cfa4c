import type { Block } from "../world.ts";
import { worldOf } from "../world.ts";
import { denied, type RuleCases } from "./rule-cases.ts";

interface Entry {
	readonly name?: string;
	readonly type: string;
	readonly content?: string;
	readonly [option: string]: Block | undefined;
}

/** A stack with these records, at the apex of the lab's zone where no name is given. */
const zone = (...entries: readonly Entry[]) => ({
	resource: {
		cloudflare_dns_record: Object.fromEntries(
			entries.map((entry, index) => [
				`record${index}`,
				{ name: "lab.example.org", ttl: 1, ...entry } as Block,
			]),
		),
	},
});

const text = (content: string, name = "lab.example.org") => ({ type: "TXT", content: `"${content}"`, name });
const address = (name: string, content = "203.0.113.10") => ({ type: "A", name, content });
const alias = (name: string, content = "a.example.net") => ({ type: "CNAME", name, content });
const service = (port: number, target: string) => ({
	type: "SRV",
	name: "_imaps._tcp.lab.example.org",
	priority: 0,
	data: { priority: 0, weight: 1, port, target },
});
const exchanger = (content: string) => ({ type: "MX", content, priority: 1 });

export const uniqueDnsRecords: RuleCases = {
	allow: {
		"several texts of one name in one stack": worldOf(zone(text("one"), text("two"))),
		"addresses of both families": worldOf(
			zone(address("a.lab.example.org"), { type: "AAAA", name: "a.lab.example.org", content: "2001:db8::1" }),
		),
		"different types of one name in two stacks": worldOf(zone(address("lab.example.org")), zone(text("one"))),
		"an alias of the apex beside its mail": worldOf(
			zone(alias("lab.example.org"), exchanger("mail.lab.example.org"), text("v=spf1 -all")),
		),
		"contents that come from an expression": worldOf(zone(text("${var.a}"), text("${var.a}"))),
	},
	deny: {
		"one name and type in two stacks": denied(
			worldOf(zone(address("a.lab.example.org")), zone(address("a.lab.example.org", "203.0.113.11"))),
			["name", "A a.lab.example.org already belongs to stack first"],
		),
		"one record twice": denied(worldOf(zone(address("a.lab.example.org"), address("a.lab.example.org"))), [
			"name",
			"already made by first/record0",
		]),
		"an alias beside an address": denied(
			worldOf(zone(address("lab.example.org")), zone(alias("lab.example.org"))),
			["name", "an alias must be alone"],
		),
		"an alias beside a text below the apex": denied(
			worldOf(zone(alias("a.lab.example.org"), text("one", "a.lab.example.org"))),
			["name", "TXT a.lab.example.org stands beside CNAME"],
		),
	},
};

export const dnsRecordWellFormed: RuleCases = {
	allow: {
		"records as the API keeps them": worldOf(
			zone(
				{ ...alias("a.lab.example.org"), proxied: true },
				{ ...address("b.lab.example.org"), ttl: 3600 },
				exchanger("mail.lab.example.org"),
				{ type: "TXT", content: `"${"a".repeat(255)}" "b"` },
				service(993, "mail.lab.example.org"),
				{ ...service(0, "."), name: "_pop3._tcp.lab.example.org" },
			),
		),
	},
	deny: {
		"a name that lacks its zone": denied(worldOf(zone(address("a"))), [
			"name",
			"a is no full name below lab.example.org",
		]),
		"contents of another type": denied(
			worldOf(
				zone(
					address("a.lab.example.org", "2001:db8::1"),
					{ type: "AAAA", name: "b.lab.example.org", content: "203.0.113.10" },
					alias("c.lab.example.org", "a.example.net."),
					exchanger("203.0.113.10"),
				),
			),
			["content", "A a.lab.example.org: expected an IPv4 address"],
			["content", "expected an IPv6 address"],
			["content", "expected a full name without trailing dot"],
			["content", "and no address"],
		),
		"services without a port or a host": denied(
			worldOf(
				zone(
					service(0, "mail.lab.example.org"),
					service(993, "."),
					service(993, "mail.lab.example.org."),
					service(993, "192.0.2.1"),
				),
			),
			...Array.from({ length: 4 }, () => ["content", "expected a weight, a port and a full name"] as const),
		),
		"a text without quotes, and one too long": denied(
			worldOf(zone({ type: "TXT", content: "v=spf1 -all" }, text("a".repeat(256)))),
			["content", "expected quoted strings of at most 255 bytes"],
			["content", "expected quoted strings of at most 255 bytes"],
		),
		"a proxied record that cannot be": denied(
			worldOf(
				zone({ ...text("one"), proxied: true }, { ...alias("a.lab.example.org"), proxied: true, ttl: 60 }),
			),
			["proxied", "TXT lab.example.org cannot be proxied"],
			["ttl", "a.lab.example.org is proxied"],
		),
		"a priority where none belongs, and none where one does": denied(
			worldOf(zone({ ...text("one"), priority: 1 }, { type: "MX", content: "mail.lab.example.org" })),
			["priority", "TXT lab.example.org has no priority"],
			["priority", "MX lab.example.org needs a priority"],
		),
	},
};

export const mailExchangerReachable: RuleCases = {
	allow: {
		"an exchanger with an address in another stack": worldOf(
			zone(exchanger("mail.lab.example.org")),
			zone(address("mail.lab.example.org")),
		),
		"an exchanger of another zone": worldOf(zone(exchanger("mx.example.net"))),
	},
	deny: {
		"an exchanger that is an alias": denied(
			worldOf(zone(exchanger("mail.lab.example.org"), alias("mail.lab.example.org"))),
			["content", "the exchanger mail.lab.example.org is an alias"],
		),
		"an exchanger that is proxied": denied(
			worldOf(zone(exchanger("mail.lab.example.org"), { ...address("mail.lab.example.org"), proxied: true })),
			["content", "is proxied"],
		),
		"an exchanger without an address": denied(
			worldOf(zone(exchanger("mail.lab.example.org"), text("one", "mail.lab.example.org"))),
			["content", "has no address in this world"],
		),
	},
};

export const mailPolicyWellFormed: RuleCases = {
	allow: {
		"policies as their standards want them": worldOf(
			zone(
				text("v=spf1 include:relay.example.net -all"),
				text("v=DMARC1; p=reject", "_dmarc.lab.example.org"),
				text("v=STSv1; id=1", "_mta-sts.lab.example.org"),
				text("v=TLSRPTv1; rua=mailto:postmaster@lab.example.org", "_smtp._tls.lab.example.org"),
				text("v=DKIM1; p=", "old._domainkey.lab.example.org"),
				text("anything else"),
			),
		),
	},
	deny: {
		"one that lets everybody send": denied(worldOf(zone(text("v=spf1 +all"))), [
			"content",
			'SPF of lab.example.org: "+all" lets the whole world send',
		]),
		"two of a kind at one name": denied(
			worldOf(zone(text("v=spf1 -all"), text("v=spf1 include:relay.example.net -all"))),
			["content", "SPF of lab.example.org: there are two of them"],
		),
		"a policy without what it must say": denied(
			worldOf(
				zone(
					text("v=DMARC1; sp=reject", "_dmarc.lab.example.org"),
					text("v=STSv1", "_mta-sts.lab.example.org"),
					text("v=TLSRPTv1", "_smtp._tls.lab.example.org"),
					text("v=DKIM1; k=rsa", "s1._domainkey.lab.example.org"),
				),
			),
			["content", "p, the policy, must follow the version"],
			["content", "id is missing"],
			["content", "rua is missing"],
			["content", "p, the key, is missing"],
		),
	},
};
