import { describe, expect, test } from "vitest";
import { mailDns } from "../../../config/schema/mail-dns.ts";
import home from "../../../config/sites/home.ts";
import lab from "../../../config/sites/lab.ts";
import { MailDomain } from "../../../constructs/dns/mail-domain.ts";
import { mailDomainRecords } from "../../../constructs/dns/mail-domain-records.ts";
import { rules } from "../../../rules/catalogue/index.ts";
import { labWithZone } from "../../lab-with-zone.ts";
import { synthesise } from "../../synth.ts";

/** The lab with a zone of its own. */
const site = labWithZone({ mail: { records: "non-proxied" } });

/** What clients look for. */
const services = ["_imaps", "_imap", "_submissions", "_submission", "_sieve", "_pop3s", "_pop3"];

const mailDomainOf = (dns: object) =>
	synthesise((stack) => {
		new MailDomain(stack, "mail", { host: "mail", dns: mailDns.parse(dns) });
	}, site);

describe("a mail domain", () => {
	test("has an exchanger with addresses of its own, and its policies", async () => {
		const { resources } = await mailDomainOf(lab.mail.dns);
		const records = resources.map(({ arguments: { type, name } }) => `${type} ${name}`);
		expect(records).toEqual([
			"A mail.lab.example.org",
			"AAAA mail.lab.example.org",
			"MX lab.example.org",
			"TXT lab.example.org",
			"TXT mail._domainkey.lab.example.org",
			"TXT _dmarc.lab.example.org",
			"TXT _smtp._tls.lab.example.org",
			...services.map((service) => `SRV ${service}._tcp.lab.example.org`),
		]);
	});

	test.for([
		["home", home.mail.dns],
		["lab", lab.mail.dns],
	] as const)("of the site %s breaks no rule", async ([, dns]) => {
		const document = await mailDomainOf(dns);
		const world = { site, stacks: [document] };
		expect(rules.flatMap(({ check }) => [...check(world)])).toEqual([]);
	});

	test("parts a key of 2048 bits into two strings", async () => {
		const { resources } = await mailDomainOf(lab.mail.dns);
		const key = resources.find(({ arguments: { name } }) => String(name).startsWith("mail._domainkey"));
		expect(key?.arguments.content).toMatch(/^"(?=v=DKIM1)[^"]{255}" "[^"]+"$/);
	});

	test("leaves the relay's names to the relay", () => {
		const records = mailDomainRecords("example.org", "mail.example.org", mailDns.parse(home.mail.dns));
		expect(records["delegated-brevo1._domainkey"]).toEqual({
			type: "CNAME",
			name: "brevo1._domainkey.example.org",
			target: "b1.viktorbarzin-me.dkim.brevo.com",
		});
	});

	test("gives the text of a policy of MTA-STS to whoever serves it, and announces it", async () => {
		const dns = mailDns.parse({ ...lab.mail.dns, mtaSts: { mode: "testing", maxAge: "7d" } });
		let policy: string | undefined;
		const { resources } = await synthesise((stack) => {
			policy = new MailDomain(stack, "mail", { host: "mail", dns }).mtaStsPolicy;
		}, site);
		expect(policy).toContain("mx: mail.lab.example.org\n");
		expect(resources.map(({ arguments: { name } }) => name)).toContain("_mta-sts.lab.example.org");
	});

	test("of another zone lies there, without addresses, and its reports may come to the first", async () => {
		const zoneId = "f".repeat(32);
		const { resources } = await synthesise((stack) => {
			const dns = mailDns.parse(lab.mail.dns);
			new MailDomain(stack, "second", { host: "mail", dns, name: "second.example", zoneId });
		}, site);
		const records = resources.map(({ arguments: { type, name, zone_id: zone } }) => [
			`${type} ${name}`,
			zone === zoneId,
		]);
		expect(records).toEqual([
			["MX second.example", true],
			["TXT second.example", true],
			["TXT mail._domainkey.second.example", true],
			["TXT _dmarc.second.example", true],
			["TXT _smtp._tls.second.example", true],
			...services.map((service) => [`SRV ${service}._tcp.second.example`, true]),
			["TXT second.example._report._dmarc.lab.example.org", false],
		]);
	});

	test("says which key cannot be read", async () => {
		const pem = "-----BEGIN PUBLIC KEY-----\nZHVtbXk=\n-----END PUBLIC KEY-----\n";
		const dns = { ...lab.mail.dns, dkim: { old: { publicKey: pem } } };
		await expect(mailDomainOf(dns)).rejects.toThrow(
			"mail.dns.dkim.old.publicKey: the DKIM key is no public key",
		);
	});
});

test("only a soft fail has a reason", () => {
	const spf = { include: [], others: "fail", reason: "none" };
	const issues = mailDns.safeParse({ ...lab.mail.dns, spf }).error?.issues;
	expect(issues?.map(({ path, message }) => [path.join("."), message])).toEqual([
		["spf.reason", "only a soft fail needs one"],
	]);
});
