import type { SiteInput } from "../schema/site.ts";
import { dmarcDefaults, mailDefaults, probeDefaults, webmailDefaults } from "./mail-defaults.ts";

/** Public key for the snapshots; its private half was never stored. */
const mailSigner = `-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAvAgYheN3L9GpJ1kEj/+D
e/AAo/nSy4eukFJSB96cyPjy61nJ7fdf921+leQ5zxLt7ey0vtBfJ5oJzpDyy/zE
5iFDJ+csrujvzIvCg2zLJ38ohg1ULp4iW5zeBdkSVXEUALG2Burkr9mh9AxVpR9o
y36fqr/o39Fwu9Sscdd6mlbUXZBnUVQn3Z8o+a/PdDxPi8VW74Xtkwks00fDJdLJ
vsCxRlwfQzExqEgH8VVZFROcJx6yRCk5ubKb1/H8Q0tcushJhhT23xx3sFfj5gWG
qBwr6jaF/GrTH9Q95DP0euZLAUls6w8wgLqACyzlFqRzLbeND13sw0HHcXOH2PHd
yQIDAQAB
-----END PUBLIC KEY-----
`;

/** Mail of the site `home`: addresses, and DNS records. */
export const homeMail: SiteInput["mail"] = {
	...mailDefaults,
	// IPv6 comes by a tunnel, the first interface beside the usual ones.
	edge: { ...mailDefaults.edge, formerTarget: "mailserver", ipv6Interface: "opt1" },
	clients: ["monitoring", "crowdsec"],
	accounts: [
		"me@viktorbarzin.me",
		"spam@viktorbarzin.me",
		"info@viktorbarzin.me",
		"vaultwarden@viktorbarzin.me",
		"r730-idrac@viktorbarzin.me",
		"alertmanager@viktorbarzin.me",
		"calibre-web@viktorbarzin.me",
	],
	aliases: {
		"postmaster@viktorbarzin.me": ["me@viktorbarzin.me"],
		"contact@viktorbarzin.me": ["me@viktorbarzin.me"],
		"dmarc@viktorbarzin.me": ["spam@viktorbarzin.me"],
		"smoke-test@viktorbarzin.me": ["spam@viktorbarzin.me"],
	},
	catchAll: "spam@viktorbarzin.me",
	probe: {
		...probeDefaults,
		sender: "monitoring@viktorbarzin.me",
		recipient: "smoke-test@viktorbarzin.me",
	},
	webmail: webmailDefaults,
	dns: {
		spf: { include: ["spf.brevo.com"], others: "fail" },
		dkim: { mail: { publicKey: mailSigner } },
		delegated: {
			"brevo1._domainkey": "b1.viktorbarzin-me.dkim.brevo.com",
			"brevo2._domainkey": "b2.viktorbarzin-me.dkim.brevo.com",
		},
		ownership: ["brevo-code:00000000000000000000000000000000"],
		dmarc: {
			...dmarcDefaults,
			// The second is a service that analyses them.
			aggregateReports: ["dmarc@viktorbarzin.me", "dummy@analyser.example.net"],
			failureReports: ["dmarc@viktorbarzin.me", "dummy@analyser.example.net", "postmaster@viktorbarzin.me"],
		},
		tlsReports: ["postmaster@viktorbarzin.me"],
	},
};
