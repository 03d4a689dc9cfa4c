import { days } from "./duration.ts";
import { hostName, wholeSeconds } from "./primitives.ts";
import { line, pem } from "./texts.ts";
import { z } from "./zod.ts";

const address = z.email("expected a mail address such as postmaster@example.org");

const spf = z
	.strictObject({
		include: z.array(hostName).describe("Domains whose senders may send for this one, such as the relay's"),
		others: z.enum(["fail", "softfail"]).describe("What is said of everybody else's mail"),
		reason: line.optional().describe("Why `softfail`, and what ends it; it is meant for a change-over"),
	})
	.superRefine(({ others, reason }, context) => {
		if ((others === "softfail") !== (reason !== undefined))
			context.addIssue({
				code: "custom",
				path: ["reason"],
				message: reason === undefined ? "missing: say what ends the soft fail" : "only a soft fail needs one",
			});
	});

const alignment = z.enum(["relaxed", "strict"]);
const policy = z.enum(["none", "quarantine", "reject"]);

const dmarc = z.strictObject({
	policy: policy.describe("What becomes of mail that is neither signed nor sent by the domain"),
	subdomainPolicy: policy.describe("The same for names below it"),
	percent: z.int().min(0).max(100).default(100).describe("Share of such mail that it is applied to"),
	alignment: z.strictObject({ dkim: alignment, spf: alignment }),
	failureOptions: z
		.array(z.enum(["0", "1", "d", "s"]))
		.min(1)
		.default(["0"])
		.describe("When a failure is reported: 0 all checks failed, 1 any did, d DKIM did, s SPF did"),
	reportInterval: wholeSeconds.default(days(1)),
	aggregateReports: z.array(address),
	failureReports: z.array(address),
});

const mtaSts = z.strictObject({
	mode: z.enum(["testing", "enforce", "none"]),
	maxAge: wholeSeconds.describe("How long senders keep the policy; weeks, at most a year"),
});

/**
 * DNS records of the domain's mail; MX and addresses follow from the mail server's host.
 *
 * Public keys only: the private halves are read from Vault when the stack is applied, and are never part of the
 * configuration.
 */
export const mailDns = z.strictObject({
	preference: z.int().min(0).max(65535).default(1).describe("Of the only mail exchanger"),
	spf,
	dkim: z
		.record(
			z
				.string()
				.regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, "expected a selector of letters, digits and dashes"),
			z.strictObject({
				publicKey: pem.describe("PEM: RSA of 1024 bits or more, as the one that signs is, or Ed25519"),
			}),
		)
		.describe("Signing keys by selector"),
	delegated: z
		.record(
			z.string().regex(/^[a-z0-9_][a-z0-9_.-]*$/, "expected a name below the domain such as s1._domainkey"),
			hostName,
		)
		.default({})
		.describe("Names whose content the relay keeps itself, and where"),
	ownership: z
		.array(z.string().regex(/^[\x20-\x7e]+$/, "expected a text of ASCII characters"))
		.default([])
		.describe("Texts by which services know who owns the domain"),
	dmarc,
	tlsReports: z.array(address).describe("Who hears of failed encryption"),
	mtaSts: mtaSts
		.optional()
		.describe("Demand of encryption; `virtualHosts` needs the host mta-sts, which serves the policy"),
});

export type MailDns = z.output<typeof mailDns>;
