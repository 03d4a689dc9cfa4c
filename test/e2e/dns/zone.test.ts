import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { mailDns } from "../../../config/schema/mail-dns.ts";
import home from "../../../config/sites/home.ts";
import { textOf } from "../../../constructs/dns/character-strings.ts";
import { DnsRecord, type DnsRecordProps } from "../../../constructs/dns/dns-record.ts";
import { MailDomain } from "../../../constructs/dns/mail-domain.ts";
import { mailDomainRecords } from "../../../constructs/dns/mail-domain-records.ts";
import { rules } from "../../../rules/catalogue/index.ts";
import type { InfraStack } from "../../../stacks/infra-stack.ts";
import { dnsRecords } from "../../../world/dns-records.ts";
import type { World } from "../../../world/world.ts";
import { labWithZone } from "../../lab-with-zone.ts";
import { synthesise, temporaryFolder } from "../../synth.ts";
import { needs } from "../harness/needs.ts";

needs("named-checkzone");

const domain = "lab.example.org";
const site = labWithZone({ mail: { records: "non-proxied" } });

async function worldOf(build: (stack: InfraStack) => void): Promise<World> {
	return { site, stacks: [await synthesise(build, site)] };
}

const recordsOf = (...records: DnsRecordProps[]) =>
	worldOf((stack) => {
		for (const [index, record] of records.entries()) new DnsRecord(stack, `record-${index}`, record);
	});

/** A zone file with what the records of a world say, and what every zone has besides (RFC 1035 section 5). */
function zoneFile(world: World): string {
	const lines = dnsRecords(world).map(({ resource, name, type, content }) => {
		const isName = type === "CNAME" || type === "MX" || (type === "SRV" && !content.endsWith("."));
		const preference = type === "MX" || type === "SRV" ? `${resource.arguments.priority} ` : "";
		return `${name}. 300 IN ${type} ${preference}${content}${isName ? "." : ""}`;
	});
	const start = [
		`${domain}. 300 IN SOA ns.${domain}. hostmaster.${domain}. 1 3600 600 86400 300`,
		`${domain}. 300 IN NS ns.${domain}.`,
		`ns.${domain}. 300 IN A 192.0.2.53`,
	];
	return `${[...start, ...lines].join("\n")}\n`;
}

/** What BIND makes of a zone: every record on a line of its own, or why it refuses to load it. */
function load(world: World) {
	const file = join(temporaryFolder(), "zone");
	writeFileSync(file, zoneFile(world));
	const strict = ["-k", "fail", "-M", "fail", "-i", "local"];
	const { status, stdout, stderr } = spawnSync(
		"named-checkzone",
		["-D", "-s", "full", ...strict, "-o", "-", domain, file],
		{ encoding: "utf8", timeout: 10_000 },
	);
	return { loaded: status === 0, lines: stdout.split("\n"), messages: stderr };
}

describe("a name server", () => {
	test("loads the records of a mail domain, and reads every text as it was meant", async () => {
		const dns = mailDns.parse(home.mail.dns);
		const world = await worldOf((stack) => {
			new MailDomain(stack, "mail", { host: "mail", dns });
		});
		const { loaded, lines, messages } = load(world);
		expect(loaded, messages).toBe(true);
		const texts = lines.flatMap((line) => {
			const [, name, content = ""] = /^(\S+)\.\s+\d+\s+IN TXT\s+(.*)$/.exec(line) ?? [];
			return name === undefined ? [] : [`${name} ${textOf(content)}`];
		});
		const meant = Object.values(mailDomainRecords(domain, `mail.${domain}`, dns)).flatMap((record) =>
			record.type === "TXT" ? [`${record.name} ${record.text}`] : [],
		);
		expect(texts.sort()).toEqual(meant.sort());
	});

	test("reads quotes, backslashes and semicolons of a text as they are", async () => {
		const text = `a "quoted" \\ path; and ${"long ".repeat(100)}end`;
		const { lines } = load(await recordsOf({ type: "TXT", name: domain, text }));
		const [content] = lines.flatMap((line) => /\sIN TXT\s+(.*)$/.exec(line)?.[1] ?? []);
		expect(textOf(content ?? "")).toBe(text);
	});
});

describe("a name server and the rules complain of", () => {
	const alias = { type: "CNAME", name: `mail.${domain}`, target: "elsewhere.example.net" } as const;
	const exchanger = { type: "MX", name: domain, exchange: `mail.${domain}`, preference: 1 } as const;
	const text = (name: string) => ({ type: "TXT", name, text: "anything" }) as const;

	test.for<[string, string, string, DnsRecordProps[]]>([
		[
			"an alias beside another record",
			"CNAME and other data",
			"unique-dns-records",
			[alias, text(alias.name)],
		],
		[
			"two aliases of one name",
			"multiple RRs of singleton type",
			"unique-dns-records",
			[alias, { ...alias, target: "other.example.net" }],
		],
		["an exchanger that is an alias", "is a CNAME (illegal)", "mail-exchanger-reachable", [exchanger, alias]],
		["an exchanger without an address", "has no address records", "mail-exchanger-reachable", [exchanger]],
	])("%s", async ([, complaint, id, records]) => {
		const world = await recordsOf(...records);
		expect(load(world).messages).toContain(complaint);
		const broken = rules.filter(({ check }) => [...check(world)].length > 0);
		expect(broken.map((rule) => rule.id)).toEqual([id]);
	});
});
