/** What the image has and what the stand-in has; `null` where there is nothing. */
export type Difference = readonly [image: string | null, standIn: string | null];

interface Listed {
	readonly why: string;
	readonly differs: Readonly<Record<string, Difference>>;
}

const recipients =
	"permit_sasl_authenticated permit_mynetworks reject_unauth_destination reject_invalid_helo_hostname reject_non_fqdn_helo_hostname";

/** What differs in a value that says nothing more than that a thing is there. */
const only = (kind: "image" | "stand-in", names: readonly string[], word: string): Listed["differs"] =>
	Object.fromEntries(
		names.map((name): [string, Difference] => [name, kind === "image" ? [word, null] : [null, word]]),
	);

/** Where the stand-in is not like the image, by subject, with the reason. */
export const differences: Readonly<Record<string, readonly Listed[]>> = {
	Postfix: [
		{
			why: "the stand-in has no name server; names are those of its /etc/hosts",
			differs: {
				dms_smtpd_sender_restrictions: [
					"permit_sasl_authenticated permit_mynetworks reject_unknown_sender_domain reject_unknown_client_hostname",
					"permit_sasl_authenticated permit_mynetworks",
				],
				smtpd_recipient_restrictions: [`${recipients} reject_unknown_recipient_domain`, recipients],
				smtpd_peername_lookup: ["yes", "no"],
				smtp_host_lookup: ["dns", "native"],
			},
		},
		{
			why: "Debian has the tables of Perl's expressions in a package of their own",
			differs: {
				header_checks: ["pcre:/etc/postfix/maps/header_checks.pcre", "regexp:/etc/postfix/header_checks"],
				smtp_header_checks: [
					"pcre:/etc/postfix/maps/sender_header_filter.pcre",
					"regexp:/etc/postfix/sender_header_filter",
				],
				"sender-cleanup/unix/header_checks": [
					"pcre:/etc/postfix/maps/sender_header_filter.pcre",
					"regexp:/etc/postfix/sender_header_filter",
				],
				smtpd_sender_login_maps: [
					"unionmap:{ texthash:/etc/postfix/virtual hash:/etc/aliases pcre:/etc/postfix/maps/sender_login_maps.pcre pcre:/etc/postfix/regexp }",
					"unionmap:{ texthash:/etc/postfix/virtual hash:/etc/aliases regexp:/etc/postfix/sender_login_maps }",
				],
			},
		},
		{
			why: "the image logs by syslog, of which the stand-in has none",
			differs: {
				maillog_file: ["", "/var/log/mail/mail.log"],
				maillog_file_prefixes: ["/var /dev/stdout", "/var/log"],
			},
		},
		{
			why: "the numbers are a file of the image; the stand-in takes those of Postfix",
			differs: { smtpd_tls_dh1024_param_file: ["/etc/postfix/dhparams.pem", ""] },
		},
	],
	Dovecot: [
		{
			why: "the image logs by syslog, of which the stand-in has none",
			differs: { log_path: [null, "/var/log/mail/dovecot.log"] },
		},
		{
			why: "the owner of the mail has a name in the image, and only a number in the stand-in",
			differs: {
				mail_privileged_group: ["5000", null],
				"service auth / unix_listener auth-master / group": ["5000", null],
				"service auth / unix_listener auth-master / mode": ["0600", null],
				"service auth / unix_listener auth-master / user": ["5000", null],
				"service auth / unix_listener auth-userdb / group": ["5000", null],
				"service auth / unix_listener auth-userdb / mode": ["0666", null],
				"service auth / unix_listener auth-userdb / user": ["5000", null],
			},
		},
		{
			why: "the numbers are a file of the image",
			differs: { ssl_dh: ["# hidden use -P to show it", null] },
		},
	],
	Rspamd: [
		{
			why: "settings of a module that is off in both",
			differs: {
				"antivirus/ClamAV/action": ["reject", null],
				"antivirus/ClamAV/log_clean": ["true", null],
				"antivirus/ClamAV/max_size": ["25000000", null],
				"antivirus/ClamAV/message": ['${SCANNER} FOUND VIRUS "${VIRUS}"', null],
				"antivirus/ClamAV/retransmits": ["2", null],
				"antivirus/ClamAV/scan_mime_parts": ["false", null],
				"antivirus/ClamAV/servers": ["/var/run/clamav/clamd.ctl", null],
				"antivirus/ClamAV/symbol": ["CLAM_VIRUS", null],
				"antivirus/ClamAV/timeout": ["10", null],
				"antivirus/ClamAV/type": ["clamav", null],
			},
		},
		{
			why: "the tests read the stand-in's log; supervisord keeps that of the image",
			differs: {
				"logging/level": ["silent", "info"],
				"logging/systemd": ["false", null],
				"logging/type": ["console", "file"],
			},
		},
		{
			why: "without a name server a stranger's mail weighs more than spam does in the image",
			differs: { "actions/add_header": ["6", "30"], "actions/reject": ["11", "40"] },
		},
		{
			why: "the stand-in has no name server, and waits for none",
			differs: {
				"options/dns/nameserver/0": [null, "127.0.0.1"],
				"options/dns/retransmits": ["5", "1"],
				"options/dns/timeout": ["1", "0.2"],
			},
		},
	],
	environment: [
		{
			why: "the image's own; no program of the pod that runs here reads one",
			differs: only(
				"image",
				[
					"DMS_RELEASE",
					"FETCHMAIL_POLL",
					"POSTGREY_AUTO_WHITELIST_CLIENTS",
					"POSTGREY_DELAY",
					"POSTGREY_MAX_AGE",
					"POSTGREY_TEXT",
					"SASLAUTHD_MECH_OPTIONS",
				],
				"is set",
			),
		},
		{ why: "the container runtime sets them", differs: only("image", ["HOME", "HOSTNAME"], "is set") },
		{
			why: "what starts the stand-in sets them, or our own start, which is not the first process in the image",
			differs: only(
				"stand-in",
				["MALLOC_CONF", "PWD", "SHLVL", "STANDIN_DIR", "STANDIN_FILTER", "STANDIN_LAYER", "STANDIN_VOLUMES"],
				"is set",
			),
		},
	],
	ports: [
		{
			why: "of a process of the filter, which lets everything pass here",
			differs: only("image", ["inside 11334"], "listens"),
		},
		{
			why: "of these tests: the resolver, and what the pod tells of its queue to",
			differs: only("image", ["inside 53", "inside 9099"], "listens"),
		},
	],
	files: [
		{
			why: "syslog writes one log, and supervisord that of the filter; the stand-in has neither",
			differs: {
				"/var/log/mail": ["d syslog:root 755", "d root:root 755"],
				"/var/log/mail/dovecot.log": [null, "f root:root 600"],
				"/var/log/mail/rspamd.log": ["f root:root 644", null],
			},
		},
		{
			why: "the image makes all that lies beside the mailboxes their owner's when it starts",
			differs: { "/var/mail/.infra-server": ["f 5000:5000 644", "f root:root 644"] },
		},
	],
};
