import type { Changes } from "../change.ts";

export const mailDns: Changes = {
	"mail.dns.preference": { to: 10, effect: "declared" },
	"mail.dns.spf.include": { to: ["spf.example.net", "new-spf.example.net"], effect: "declared" },
	"mail.dns.spf.others": {
		to: "softfail",
		effect: "declared",
		with: { mail: { dns: { spf: { reason: "Until the relay has moved." } } } },
	},
	"mail.dns.spf.reason": {
		to: "Until another relay has moved.",
		effect: "declared",
		with: { mail: { dns: { spf: { others: "softfail" } } } },
	},
	"mail.dns.dkim.mail.publicKey": {
		to: "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAvAgYheN3L9GpJ1kEj/+D\ne/AAo/nSy4eukFJSB96cyPjy61nJ7fdf921+leQ5zxLt7ey0vtBfJ5oJzpDyy/zE\n5iFDJ+csrujvzIvCg2zLJ38ohg1ULp4iW5zeBdkSVXEUALG2Burkr9mh9AxVpR9o\ny36fqr/o39Fwu9Sscdd6mlbUXZBnUVQn3Z8o+a/PdDxPi8VW74Xtkwks00fDJdLJ\nvsCxRlwfQzExqEgH8VVZFROcJx6yRCk5ubKb1/H8Q0tcushJhhT23xx3sFfj5gWG\nqBwr6jaF/GrTH9Q95DP0euZLAUls6w8wgLqACyzlFqRzLbeND13sw0HHcXOH2PHd\nyQIDAQAB\n-----END PUBLIC KEY-----\n",
		effect: "in place",
	},
	"mail.dns.delegated.relay._domainkey": { to: "new-dkim.example.net", effect: "declared" },
	"mail.dns.ownership": { to: ["owner=1", "owner=1-new"], effect: "declared" },
	"mail.dns.dmarc.policy": { to: "reject", effect: "declared" },
	"mail.dns.dmarc.subdomainPolicy": { to: "reject", effect: "declared" },
	"mail.dns.dmarc.percent": { to: 51, effect: "declared" },
	"mail.dns.dmarc.alignment.dkim": { to: "strict", effect: "declared" },
	"mail.dns.dmarc.alignment.spf": { to: "strict", effect: "declared" },
	"mail.dns.dmarc.failureOptions": { to: ["d", "s"], effect: "declared" },
	"mail.dns.dmarc.reportInterval": { to: "2h", effect: "declared" },
	"mail.dns.dmarc.aggregateReports": {
		to: ["postmaster@lab.example.org", "new-postmaster@lab.example.org"],
		effect: "declared",
	},
	"mail.dns.dmarc.failureReports": {
		to: ["postmaster@lab.example.org", "new-postmaster@lab.example.org"],
		effect: "declared",
	},
	"mail.dns.tlsReports": {
		to: ["postmaster@lab.example.org", "new-postmaster@lab.example.org"],
		effect: "declared",
	},
	"mail.dns.mtaSts.mode": { to: "enforce", effect: "declared" },
	"mail.dns.mtaSts.maxAge": { to: "28d", effect: "declared" },
	"mail.domains.second.example.zoneId": { to: "22222222222222222222222222222222", effect: "declared" },
	"mail.domains.second.example.catchAll": {
		to: false,
		effect: "in place",
		with: { mail: { aliases: { "info@second.example": ["me@lab.example.org"] } } },
	},
	"mail.domains.second.example.dkimSelector": {
		to: "next",
		effect: "in place",
		with: {
			mail: {
				domains: {
					"second.example": {
						dns: {
							dkim: {
								next: {
									publicKey:
										"-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAvAgYheN3L9GpJ1kEj/+D\ne/AAo/nSy4eukFJSB96cyPjy61nJ7fdf921+leQ5zxLt7ey0vtBfJ5oJzpDyy/zE\n5iFDJ+csrujvzIvCg2zLJ38ohg1ULp4iW5zeBdkSVXEUALG2Burkr9mh9AxVpR9o\ny36fqr/o39Fwu9Sscdd6mlbUXZBnUVQn3Z8o+a/PdDxPi8VW74Xtkwks00fDJdLJ\nvsCxRlwfQzExqEgH8VVZFROcJx6yRCk5ubKb1/H8Q0tcushJhhT23xx3sFfj5gWG\nqBwr6jaF/GrTH9Q95DP0euZLAUls6w8wgLqACyzlFqRzLbeND13sw0HHcXOH2PHd\nyQIDAQAB\n-----END PUBLIC KEY-----\n",
								},
							},
						},
					},
				},
			},
		},
	},
	"mail.domains.second.example.key.path": { to: "platform-new", effect: "refused" },
	"mail.domains.second.example.key.key": { to: "second_dkim_key-new", effect: "step" },
	"mail.domains.second.example.key.version": { to: 2, effect: "in place" },
	"mail.domains.second.example.dns.preference": { to: 10, effect: "declared" },
	"mail.domains.second.example.dns.spf.include": {
		to: ["spf.example.net", "new-spf.example.net"],
		effect: "declared",
	},
	"mail.domains.second.example.dns.spf.others": {
		to: "fail",
		effect: "declared",
		with: { mail: { domains: { "second.example": { dns: { spf: { reason: null } } } } } },
	},
	"mail.domains.second.example.dns.spf.reason": { to: "Until the relay has moved. Changed.", effect: "read" },
	"mail.domains.second.example.dns.dkim.mail.publicKey": {
		to: "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAvAgYheN3L9GpJ1kEj/+D\ne/AAo/nSy4eukFJSB96cyPjy61nJ7fdf921+leQ5zxLt7ey0vtBfJ5oJzpDyy/zE\n5iFDJ+csrujvzIvCg2zLJ38ohg1ULp4iW5zeBdkSVXEUALG2Burkr9mh9AxVpR9o\ny36fqr/o39Fwu9Sscdd6mlbUXZBnUVQn3Z8o+a/PdDxPi8VW74Xtkwks00fDJdLJ\nvsCxRlwfQzExqEgH8VVZFROcJx6yRCk5ubKb1/H8Q0tcushJhhT23xx3sFfj5gWG\nqBwr6jaF/GrTH9Q95DP0euZLAUls6w8wgLqACyzlFqRzLbeND13sw0HHcXOH2PHd\nyQIDAQAB\n-----END PUBLIC KEY-----\n",
		effect: "in place",
	},
	"mail.domains.second.example.dns.delegated.relay._domainkey": {
		to: "new-dkim.example.net",
		effect: "declared",
	},
	"mail.domains.second.example.dns.ownership": { to: ["owner=1", "owner=1-new"], effect: "declared" },
	"mail.domains.second.example.dns.dmarc.policy": { to: "reject", effect: "declared" },
	"mail.domains.second.example.dns.dmarc.subdomainPolicy": { to: "reject", effect: "declared" },
	"mail.domains.second.example.dns.dmarc.percent": { to: 50, effect: "declared" },
	"mail.domains.second.example.dns.dmarc.alignment.dkim": { to: "strict", effect: "declared" },
	"mail.domains.second.example.dns.dmarc.alignment.spf": { to: "strict", effect: "declared" },
	"mail.domains.second.example.dns.dmarc.failureOptions": { to: ["1"], effect: "declared" },
	"mail.domains.second.example.dns.dmarc.reportInterval": { to: "12h", effect: "declared" },
	"mail.domains.second.example.dns.dmarc.aggregateReports": {
		to: ["spam@lab.example.org", "new-spam@lab.example.org"],
		effect: "declared",
	},
	"mail.domains.second.example.dns.dmarc.failureReports": {
		to: ["spam@lab.example.org", "new-spam@lab.example.org"],
		effect: "declared",
	},
	"mail.domains.second.example.dns.tlsReports": {
		to: ["spam@lab.example.org", "new-spam@lab.example.org"],
		effect: "declared",
	},
};
