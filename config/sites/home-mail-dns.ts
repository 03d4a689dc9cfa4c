import type { MailDnsInput } from "../schema/mail-dns.ts";

/** Public half of a key that nobody has kept: put that of the signer's key here (`docs/runbooks/dns.md`). */
const signingKey = `-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAlxPxaU8HUff4hSGcHWSB
WMn3KgJwljCZ/DXGohLh/Cl4D0qrGyY1tlgKCw7nBvVVasmNf41zOdt733IG6w8t
jGEAd5jN9jNzTf4PqEQbkjDYNAOV/0u97yJVdctKeRh8XvyNaXMfYrfa6V4YqWzs
oDQc2Jbh5Imk/hucBFz1zxXEh7DEtEx6jd3Rz7559QghCPq96L9ojKhSghpElP1W
OXdm/RS06TWe9aiT23UiGeyB9afAvNHkCkwZ31Dx2e1FZAnkeIk0UZB3G1E1StmT
/Li32SLYB7mDGYpzdRxGqGOQVOcxiDdW05GBnw3a3MOa8Kll0JcjF/QUysaNlJ85
2QIDAQAB
-----END PUBLIC KEY-----
`;

const external = "dummy@inbox.ondmarc.com";

/** What the zone of the reference world says about its mail. */
export const homeMailDns = {
	spf: {
		include: ["spf.brevo.com"],
		others: "softfail",
		reason: "Change-over to the relay; ends when a month of DMARC reports names no other sender",
	},
	dkim: { mail: { publicKey: signingKey } },
	delegated: {
		"brevo1._domainkey": "b1.viktorbarzin-me.dkim.brevo.com",
		"brevo2._domainkey": "b2.viktorbarzin-me.dkim.brevo.com",
	},
	ownership: [`brevo-code:${"0".repeat(32)}`],
	dmarc: {
		policy: "quarantine",
		subdomainPolicy: "quarantine",
		alignment: { dkim: "relaxed", spf: "relaxed" },
		failureOptions: ["1"],
		reportInterval: "1h",
		aggregateReports: ["dmarc@viktorbarzin.me", external],
		failureReports: ["dmarc@viktorbarzin.me", external, "postmaster@viktorbarzin.me"],
	},
	tlsReports: ["postmaster@viktorbarzin.me"],
} satisfies MailDnsInput;
