import type { SiteInput } from "../schema/site.ts";
import { pythonImage } from "./versions.ts";

/** Settings that the sites `home` and `lab` share. */
export const mailDefaults = {
	host: "mail",
	image: "docker.io/mailserver/docker-mailserver:15.0.0",
	dovecot: "2.3",
	memory: "1536Mi",
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
		maxConnections: 250,
		connectTimeout: "2s",
		check: { interval: "5s", fall: 3, rise: 2 },
		idle: { smtp: "15m", submission: "15m", imap: "1h", sieve: "1h" },
	},
	messageSizeLimit: "25Mi",
	rateLimit: { connections: 10, messages: 30 },
	relay: { host: "smtp-relay.brevo.com", port: 587, tls: "required", dailyLimit: 300 },
	secrets: {
		accounts: { path: "platform", key: "mailserver_accounts", version: 1 },
		relay: { path: "platform", key: "mailserver_sasl_passwd", version: 1 },
		dkim: { path: "platform", key: "mailserver_opendkim_key", version: 1 },
	},
	programs: { image: pythonImage },
	retention: { schedule: "17 */4 * * *", automated: "14d", other: "90d" },
	dkimSelector: "mail",
	backup: {
		schedule: "0 3 * * *",
		retention: "56d",
		capacity: "10Gi",
		image: "docker.io/instrumentisto/rsync-ssh:alpine3.23-r3",
	},
} satisfies Partial<SiteInput["mail"]>;

/** Settings of the probe that both sites share. */
export const probeDefaults = {
	schedule: "*/20 * * * *",
	window: "5m",
	poll: "20s",
	relayApi: "brevo",
	relayUrl: "https://api.brevo.com/v3/smtp/email",
	relayKey: { path: "viktor", key: "brevo_api_key" },
	uptimeUrl: { path: "viktor", key: "uptime_push_url_mail" },
} satisfies Partial<SiteInput["mail"]["probe"]>;

export const webmailDefaults = {
	image: "docker.io/roundcube/roundcubemail:1.6.19-apache",
	memory: "192Mi",
	volumes: { size: "1Gi", growTo: "5Gi" },
	packages: ["mmvi/twofactor_webauthn:^2.0", "texxasrulez/persistent_login:^5.0", "dsoares/rcguard:^1.3"],
	plugins: [
		"attachment_reminder",
		"database_attachments",
		"enigma",
		"twofactor_webauthn",
		"persistent_login",
		"rcguard",
	],
	backupSchedule: "10 3 * * *",
	database: {
		host: "mysql.dbaas.svc.cluster.local",
		user: "roundcubemail",
		password: { path: "platform", key: "mailserver_roundcubemail_db_password", version: 1 },
	},
} satisfies SiteInput["mail"]["webmail"];

/** DMARC policy that both sites share, without the addresses of its reports. */
export const dmarcDefaults = {
	policy: "quarantine",
	subdomainPolicy: "quarantine",
	alignment: { dkim: "relaxed", spf: "relaxed" },
	failureOptions: ["1"],
	reportInterval: "1h",
} satisfies Partial<SiteInput["mail"]["dns"]["dmarc"]>;
