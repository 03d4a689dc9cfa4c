import type { SiteInput } from "../schema/site.ts";

/** What the reference world and the lab have in common. */
export const mailDefaults = {
	host: "mail",
	image: "docker.io/mailserver/docker-mailserver:15.0.0",
	memory: "512Mi",
	volume: { size: "2Gi", growTo: "5Gi" },
	listeners: {
		smtp: {
			protocol: "smtp",
			publicPort: 25,
			stockPort: 25,
			proxyPort: 2525,
			nodePort: 30125,
			checkNodePort: 30135,
			tls: "opportunistic",
		},
		smtps: {
			protocol: "submission",
			publicPort: 465,
			stockPort: 465,
			proxyPort: 4465,
			nodePort: 30126,
			checkNodePort: 30136,
			tls: "implicit",
		},
		sub: {
			protocol: "submission",
			publicPort: 587,
			stockPort: 587,
			proxyPort: 5587,
			nodePort: 30127,
			checkNodePort: 30137,
			tls: "required",
		},
		imaps: {
			protocol: "imap",
			publicPort: 993,
			stockPort: 993,
			proxyPort: 10993,
			nodePort: 30128,
			checkNodePort: 30138,
			tls: "implicit",
		},
	},
	edge: {
		proxy: "pfsense",
		maxConnections: 1000,
		connectTimeout: "2s",
		check: { interval: "5s", fall: 3, rise: 2 },
		idle: { smtp: "15m", submission: "15m", imap: "1h" },
	},
	messageSizeLimit: "200Mi",
	rateLimit: { connections: 10, messages: 30 },
	relay: { host: "smtp-relay.brevo.com", port: 587, dailyLimit: 300 },
	secrets: {
		accounts: { path: "platform", key: "mailserver_accounts", version: 1 },
		relay: { path: "platform", key: "mailserver_sasl_passwd", version: 1 },
		dkim: { path: "platform", key: "mailserver_opendkim_key", version: 1 },
	},
	dkimSelector: "mail",
	backup: {
		schedule: "0 3 * * *",
		retention: "56d",
		capacity: "10Gi",
		image: "docker.io/instrumentisto/rsync-ssh:alpine3.23-r3",
	},
} satisfies Partial<SiteInput["mail"]>;

export const mailEndpoints = {
	mailserver: {
		host: "mailserver.mailserver.svc.cluster.local",
		ports: { smtp: 25, smtps: 465, sub: 587, imaps: 993 },
		stack: "mailserver",
		purpose: "Submission and reading of mail by pods; the certificate names the public host",
	},
} satisfies SiteInput["endpoints"];
