import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { days, hours } from "../../../config/schema/duration.ts";
import { characterStrings, textOf } from "../../../constructs/dns/character-strings.ts";
import { dkimProblems, dkimRecord } from "../../../constructs/dns/dkim.ts";
import { dmarcProblems, foreignReportDomains, renderDmarc } from "../../../constructs/dns/dmarc.ts";
import { mtaStsProblems, renderMtaSts, renderMtaStsPolicy } from "../../../constructs/dns/mta-sts.ts";
import { renderSpf, spfProblems } from "../../../constructs/dns/spf.ts";
import { parseTagList } from "../../../constructs/dns/tag-list.ts";
import { renderTlsRpt, tlsRptProblems } from "../../../constructs/dns/tls-rpt.ts";

const publicKeyEncoding = { type: "spki", format: "pem" } as const;
const privateKeyEncoding = { type: "pkcs8", format: "pem" } as const;
const rsa = (modulusLength: number) =>
	generateKeyPairSync("rsa", { modulusLength, publicKeyEncoding, privateKeyEncoding });

const printable = fc.string({
	unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
});

describe("character strings", () => {
	test("keep a short text in one, and part a long one after 255 bytes", () => {
		expect(characterStrings("v=spf1 -all")).toBe('"v=spf1 -all"');
		expect(characterStrings("a".repeat(256))).toBe(`"${"a".repeat(255)}" "a"`);
	});

	test("read back as the text, whatever it holds", () => {
		fc.assert(
			fc.property(
				printable.filter((text) => text !== ""),
				(text) => textOf(characterStrings(text)) === text,
			),
		);
	});

	test.for(["v=spf1 -all", '"open', '"a""b"', `"${"a".repeat(256)}"`])("are not what %s is", (content) => {
		expect(textOf(content)).toBeUndefined();
	});

	test("hold no line end and nothing but ASCII", () => {
		expect(() => characterStrings("a\nb")).toThrow("printable ASCII");
		expect(() => characterStrings("grüezi")).toThrow("printable ASCII");
	});
});

describe("an SPF record", () => {
	test("names the relay and refuses everybody else", () => {
		expect(renderSpf({ include: ["spf.example.net"], others: "fail" })).toBe(
			"v=spf1 include:spf.example.net -all",
		);
	});

	test("is sound whatever relays it names, up to ten", () => {
		const name = fc.domain();
		fc.assert(
			fc.property(
				fc.array(name, { maxLength: 10 }),
				fc.constantFrom("fail", "softfail"),
				(include, others) => {
					expect([...spfProblems(renderSpf({ include, others } as never))]).toEqual([]);
				},
			),
		);
	});

	test.for([
		"v=spf1 a mx/24 a:mail.example.org//64 ip4:192.0.2.0/24 ip6:2001:db8::/32 ~all",
		"v=spf1 redirect=_spf.example.org",
		"v=spf1 exists:%{ir}.%{l1r+-}.spf.example.org exp=why.example.org -all",
		"v=spf1 -all x-note=kept",
	])("may read %s", (record) => {
		expect([...spfProblems(record)]).toEqual([]);
	});

	test.for<[string, ...string[]]>([
		["v=spf2 -all", "must begin with v=spf1 and a space"],
		["v=spf1", "must end with -all or ~all"],
		["v=spf1 all", '"all" lets the whole world send in the domain\'s name'],
		["v=spf1 ?all", '"?all" lets the whole world send in the domain\'s name'],
		["v=spf1 -all mx", '"mx" is never reached: it follows all'],
		["v=spf1 -all ~all", "all is given twice", '"~all" is never reached: it follows all'],
		["v=spf1 ptr -all", '"ptr" is slow and unreliable (RFC 7208 section 5.5)'],
		["v=spf1 ip4:192.0.2.300 -all", '"ip4:192.0.2.300" is no mechanism or modifier of RFC 7208'],
		["v=spf1 ip4:192.0.2.0/33 -all", '"ip4:192.0.2.0/33" is no mechanism or modifier of RFC 7208'],
		["v=spf1 ip6:192.0.2.1 -all", '"ip6:192.0.2.1" is no mechanism or modifier of RFC 7208'],
		["v=spf1 include -all", '"include" is no mechanism or modifier of RFC 7208'],
		["v=spf1 include:localhost -all", '"include:localhost" is no mechanism or modifier of RFC 7208'],
		["v=spf1 includes:a.example -all", '"includes:a.example" is no mechanism or modifier of RFC 7208'],
		["v=spf1 redirect=a.example -all", "redirect is ignored beside all"],
		[
			`v=spf1 ${"a:a.example ".repeat(9)}mx include:b.example -all`,
			"needs 11 look-ups; a receiver gives up after 10",
		],
	])("is refused: %s", ([record, ...problems]) => {
		expect([...spfProblems(record)]).toEqual(problems);
	});
});

describe("a DKIM record", () => {
	test.for([1024, 2048])("of an RSA key of %i bits is sound", (bits) => {
		const record = dkimRecord(rsa(bits).publicKey);
		expect(record).toMatch(/^v=DKIM1; h=sha256; k=rsa; p=MI/);
		expect([...dkimProblems(record)]).toEqual([]);
	});

	test("of an Ed25519 key holds its 32 bytes alone", () => {
		const record = dkimRecord(
			generateKeyPairSync("ed25519", { publicKeyEncoding, privateKeyEncoding }).publicKey,
		);
		expect(Buffer.from(record.split("p=")[1] ?? "", "base64")).toHaveLength(32);
		expect([...dkimProblems(record)]).toEqual([]);
	});

	test("is the same from either half of a pair", () => {
		const { publicKey, privateKey } = rsa(1024);
		expect(dkimRecord(privateKey)).toBe(dkimRecord(publicKey));
	});

	test("of a key that is too short, of another kind or none is refused", () => {
		expect(() => dkimRecord(rsa(512).publicKey)).toThrow("has 512 bits; expected 1024 or more");
		const curve = generateKeyPairSync("ec", {
			namedCurve: "P-256",
			publicKeyEncoding,
			privateKeyEncoding,
		});
		expect(() => dkimRecord(curve.publicKey)).toThrow("is no public key of type rsa or ed25519");
		expect(() => dkimRecord("dummy")).toThrow("is no public key of type rsa or ed25519");
	});

	test.for<[string, string]>([
		["k=rsa; v=DKIM1; p=", "must begin with v=DKIM1"],
		["v=DKIM1; k=rsa", "p, the key, is missing"],
		["v=DKIM1; p=MII", "p=MII is malformed"],
		["v=DKIM1; p=AAAA", "p is no public key of type rsa"],
		["v=DKIM1; k=ed25519; p=AAAA", "p is no public key of type ed25519"],
		["v=DKIM1; h=sha1; p=", "h must allow sha256 (RFC 8301)"],
		["v=DKIM1; k=dsa; p=", "k=dsa is malformed"],
		["v=DKIM1; g=*; p=", "unknown tag g; expected v, h, k, n, p, s, t"],
		["v=DKIM1; p=; p=", "p is given twice"],
		["v=DKIM1; dummy; p=", 'expected tag=value, found "dummy"'],
	])("is refused: %s", ([record, problem]) => {
		expect([...dkimProblems(record)]).toEqual([problem]);
	});
});

const dmarc = {
	policy: "quarantine",
	subdomainPolicy: "reject",
	percent: 50,
	alignment: { dkim: "relaxed", spf: "strict" },
	failureOptions: ["1", "d"],
	reportInterval: hours(1),
	aggregateReports: ["dmarc@example.org", "a@in.example.org", "b@reports.example.net"],
	failureReports: ["c@reports.example.net"],
} as const;

describe("a DMARC record", () => {
	const settings = { ...dmarc, failureOptions: [...dmarc.failureOptions] };
	const withLists = {
		...settings,
		aggregateReports: [...dmarc.aggregateReports],
		failureReports: [...dmarc.failureReports],
	};

	test("says what was configured, the policy first", () => {
		expect(renderDmarc(withLists)).toBe(
			"v=DMARC1; p=quarantine; sp=reject; pct=50; adkim=r; aspf=s; fo=1:d; ri=3600; rua=mailto:dmarc@example.org,mailto:a@in.example.org,mailto:b@reports.example.net; ruf=mailto:c@reports.example.net",
		);
		expect([...dmarcProblems(renderDmarc(withLists))]).toEqual([]);
	});

	test("sends reports to foreign domains that must agree to it", () => {
		expect(foreignReportDomains(withLists, "example.org")).toEqual(["reports.example.net"]);
	});

	test.for<[string, string]>([
		["v=DMARC1; sp=none; p=none", "p, the policy, must follow the version"],
		["v=DMARC1; p=refuse", "p=refuse is malformed"],
		["v=DMARC1; p=none; pct=101", "pct=101 is malformed"],
		["v=DMARC1; p=none; rua=dmarc@example.org", "rua=dmarc@example.org is malformed"],
		["v=DMARC1; p=none; policy=none", "unknown tag policy"],
		["p=none; v=DMARC1", "must begin with v=DMARC1"],
	])("is refused: %s", ([record, problem]) => {
		expect([...dmarcProblems(record)]).toContainEqual(expect.stringContaining(problem));
	});
});

describe("MTA-STS", () => {
	const policy = renderMtaStsPolicy({ mode: "enforce", maxAge: days(7) }, "mail.example.org");

	test("demands encryption from the exchanger, for seconds", () => {
		expect(policy).toBe("version: STSv1\nmode: enforce\nmx: mail.example.org\nmax_age: 604800\n");
	});

	test("announces a changed policy under another id", () => {
		const other = renderMtaStsPolicy({ mode: "testing", maxAge: days(7) }, "mail.example.org");
		expect(renderMtaSts(other)).not.toBe(renderMtaSts(policy));
		expect([...mtaStsProblems(renderMtaSts(policy))]).toEqual([]);
	});

	test("takes an id of letters and digits alone", () => {
		expect([...mtaStsProblems("v=STSv1; id=2026-01-01")]).toEqual(["id=2026-01-01 is malformed"]);
	});
});

describe("a TLS-RPT record", () => {
	test("names who is told", () => {
		const record = renderTlsRpt(["postmaster@example.org", "tls@example.net"]);
		expect(record).toBe("v=TLSRPTv1; rua=mailto:postmaster@example.org,mailto:tls@example.net");
		expect([...tlsRptProblems(record)]).toEqual([]);
	});

	test("takes mail and HTTPS, no bare address", () => {
		expect([...tlsRptProblems("v=TLSRPTv1; rua=https://tls.example.net/report")]).toEqual([]);
		expect([...tlsRptProblems("v=TLSRPTv1; rua=tls@example.net")]).toEqual([
			"rua=tls@example.net is malformed",
		]);
	});
});

test("a tag list reads back as it was written, whatever its spaces", () => {
	const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,7}$/);
	const value = fc.stringMatching(/^[!-:<-~]([ -:<-~]{0,20}[!-:<-~])?$/);
	const space = fc.constantFrom("", " ", "  ");
	fc.assert(
		fc.property(fc.uniqueArray(fc.tuple(name, value, space), { selector: ([one]) => one }), (entries) => {
			const text = entries.map(([one, other, gap]) => `${gap}${one}${gap}=${gap}${other}${gap}`).join(";");
			const { tags, problems } = parseTagList(text);
			expect([...tags]).toEqual(entries.map(([one, other]) => [one, other]));
			expect(problems).toEqual([]);
		}),
	);
});
