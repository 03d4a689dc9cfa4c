import type { Site } from "../../../config/schema/site.ts";
import { configDirectory, quotaPort } from "../environment.ts";
import type { Section } from "./section.ts";

/** What the sender hears of a full mailbox. It is for the time being, so that the sender's server tries again for days. */
const full = "452 4.2.2 The mailbox is full, try again later";

/** Shares of a quota in percent at which the owner gets a mail. */
const warnings = [95, 80] as const;

/** Table of the addresses without a mailbox, for the service that Postfix asks and no other, by that one's name. */
export const recipientsFile = (service: string) => `/etc/dovecot/${service}.users`;

/** What Postfix is answered. */
const answers: Section = [
	["quota_status_success", "DUNNO"],
	["quota_status_nouser", "DUNNO"],
	["quota_status_overquota", full],
	["quota_status_toolarge", full],
];

/** Mail that is there already stays in the queue, for what happened after Postfix had asked. */
const wait: Section = [["quota_full_tempfail", "yes"]];

/** @param unenforced setting by which the warning is delivered whatever is full */
const warningService = (unenforced: string): Section[number] => [
	"service quota-warning",
	[
		["executable", `script ${configDirectory}/quota-warning.sh ${unenforced}`],
		["unix_listener quota-warning", [["mode", "0666"]]],
	],
];

const statusService = (...listener: Section): Section[number] => [
	"service quota-status",
	[["executable", "quota-status -p postfix"], ...listener, ["client_limit", 1]],
];

/**
 * Quotas in Dovecot 2.3. Every mailbox takes one message of any size while it is below its quota, so that what Postfix
 * has taken is delivered; the trash of a full one has room for the copy of one, too.
 */
export function quotaSettings23({ mail: { messageSizeLimit: largest } }: Pick<Site, "mail">): Section {
	const plugins = (...names: string[]): Section => [["mail_plugins", `$mail_plugins ${names.join(" ")}`]];
	return [
		...plugins("quota"),
		...wait,
		["protocol imap", plugins("quota", "imap_quota")],
		["protocol lmtp", plugins("quota")],
		[
			"plugin",
			[
				["quota", "count:Mailbox"],
				["quota_vsizes", "yes"],
				// Replaced by the limit of the account.
				["quota_rule", "*:storage=0"],
				["quota_rule2", `Trash:storage=+${2 * largest}B`],
				["quota_grace", `${largest}B`],
				...answers,
				...warnings.map(
					(percent, index) =>
						[
							`quota_warning${index === 0 ? "" : index + 1}`,
							`storage=${percent}%% quota-warning ${percent} %u`,
						] as const,
				),
			],
		],
		warningService("plugin/quota=count:Mailbox:noenforcing"),
		statusService([
			"inet_listener",
			[
				["address", "127.0.0.1"],
				["port", quotaPort],
			],
		]),
		...["%u", "@%d"].map((name): Section[number] => [
			"userdb",
			[
				["driver", "passwd-file"],
				["args", `username_format=${name} ${recipientsFile("%s")}`],
			],
		]),
	];
}

/** The same in Dovecot 2.4. */
export function quotaSettings24({ mail: { messageSizeLimit: largest } }: Pick<Site, "mail">): Section {
	const warning = (percent: number): Section[number] => [
		`quota_warning full-${percent}`,
		[
			["quota_storage_percentage", percent],
			["execute quota-warning", [["args", `${percent} %{user}`]]],
		],
	];
	const recipients = (name: string, format: string): Section[number] => [
		`userdb ${name}`,
		[
			["driver", "passwd-file"],
			["passwd_file_path", recipientsFile("%{protocol}")],
			["auth_username_format", format],
		],
	];
	return [
		...wait,
		...answers,
		["quota_storage_grace", `${largest}B`],
		["mail_plugins", [["quota", "yes"]]],
		["protocol imap", [["mail_plugins", [["imap_quota", "yes"]]]]],
		["quota Mailbox", [["driver", "count"], ...warnings.map(warning)]],
		["namespace inbox", [["mailbox Trash", [["quota_storage_extra", `${2 * largest}B`]]]]],
		warningService("quota_enforce=no"),
		statusService([
			"inet_listener postfix",
			[
				["listen", "127.0.0.1"],
				["port", quotaPort],
			],
		]),
		recipients("aliases", "%{user | lower}"),
		recipients("catch-all", "@%{user | domain | lower}"),
	];
}
