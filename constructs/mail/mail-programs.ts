import { readFileSync } from "node:fs";
import { Construct } from "constructs";
import { inSeconds } from "../../config/schema/duration.ts";
import { MiB } from "../../config/schema/quantity.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { ConfigFiles } from "../kubernetes/config-files.ts";
import { ExternalSecret } from "../kubernetes/external-secret.ts";
import type { TieredNamespace } from "../kubernetes/namespace.ts";
import { ScheduledTask } from "../kubernetes/scheduled-task.ts";
import type { Service } from "../kubernetes/service.ts";
import { siteOf } from "../site.ts";
import { mailListeners } from "./listeners.ts";

const program = (name: string) => readFileSync(new URL(`./programs/${name}`, import.meta.url), "utf8");

/** The unprivileged user `nobody`: the programs own no files. */
const nobodyUser = { uid: 65534, gid: 65534 };

export interface MailProgramsProps {
	readonly namespace: TieredNamespace;
	/** Service of the mail server for pods. */
	readonly server: Service;
	/** Base URL of the Pushgateway. */
	readonly pushgateway: string;
}

/**
 * Scheduled programs that use the mail server as a client: the probe, which sends mail in both directions and waits
 * for it, and the retention, which deletes old mail of the catch-all account. Both log in to that account by IMAP.
 */
export class MailPrograms extends Construct {
	/** Its name is that of its metrics, too. */
	readonly probe: ScheduledTask;
	/** Its name is that of its metrics, too. */
	readonly retention: ScheduledTask;

	constructor(scope: Construct, id: string, { namespace, server, pushgateway }: MailProgramsProps) {
		super(scope, id);
		const site = siteOf(this);
		const { mail, network } = site;
		const { probe, retention, catchAll, secrets } = mail;
		const files = new ConfigFiles(this, "programs", {
			namespace,
			name: "mail-programs",
			files: {
				"mail_session.py": program("mail_session.py"),
				"roundtrip.py": program("roundtrip.py"),
				"spam_retention.py": program("spam_retention.py"),
			},
		});
		const { secretName } = new ExternalSecret(this, "secrets", {
			namespace,
			name: "mailserver-probe-secrets",
			from: { accounts: secrets.accounts, relay: probe.relayKey, uptime: probe.uptimeUrl },
			// A missing field fails the template instead of becoming an empty text.
			template: {
				MAILBOX_PASSWORD: field(".accounts | fromJson", catchAll),
				RELAY_API_KEY: field(".relay | b64dec | fromJson", "api_key"),
				UPTIME_URL: "{{ .uptime }}",
			},
		});
		const task = (name: string, schedule: string, file: string, timeoutSeconds: number, own: JobSecrets) =>
			new ScheduledTask(this, name, {
				namespace,
				name,
				schedule,
				retries: 1,
				timeoutSeconds,
				// A mail may be late, and the server may be down for a while.
				toleratedFailures: 2,
				user: nobodyUser,
				containers: [
					{
						name,
						image: mail.programs.image,
						command: ["python3", "-B", `/programs/${file}`],
						cpu: "10m",
						memory: 128 * MiB,
						memoryRequest: 64 * MiB,
						mounts: [{ path: "/programs", volume: files, readOnly: true }],
						env: {
							IMAP_HOST: server.host,
							IMAP_PORT: String(stock(server, site, "imap").port),
							SERVER_NAME: `${mail.host}.${network.domain}`,
							MAILBOX: catchAll,
							PUSHGATEWAY: pushgateway,
							JOB_NAME: name,
							...own.env,
						},
						secrets: Object.fromEntries(own.secrets.map((key) => [key, { secret: secretName, key }])),
					},
				],
			});
		this.probe = task(
			"email-roundtrip-monitor",
			probe.schedule,
			"roundtrip.py",
			2 * inSeconds(probe.window),
			{
				env: {
					SENDER: probe.sender,
					RECIPIENT: probe.recipient,
					RELAY_URL: probe.relayUrl,
					WINDOW_SECONDS: String(inSeconds(probe.window)),
					POLL_SECONDS: String(inSeconds(probe.poll)),
					SUBMISSION: JSON.stringify(stock(server, site, "submission")),
					LISTENERS: JSON.stringify(publicListeners(site)),
				},
				secrets: ["MAILBOX_PASSWORD", "RELAY_API_KEY", "UPTIME_URL"],
			},
		);
		this.retention = task("spam-retention", retention.schedule, "spam_retention.py", 600, {
			env: { AUTOMATED_DAYS: String(retention.automated), OTHER_DAYS: String(retention.other) },
			secrets: ["MAILBOX_PASSWORD"],
		});
	}
}

interface JobSecrets {
	readonly env: Readonly<Record<string, string>>;
	readonly secrets: readonly string[];
}

/** A field of a JSON object as a Go template that fails without it. */
function field(object: string, key: string): string {
	return `{{ $object := ${object} }}{{ if hasKey $object "${key}" }}{{ get $object "${key}" }}{{ else }}{{ fail "no ${key}" }}{{ end }}`;
}

type ListenerSite = Parameters<typeof mailListeners>[0];

/** The first listener of a protocol, as pods reach it. */
function stock(server: Service, site: ListenerSite, protocol: "imap" | "submission") {
	const listener = mailListeners(site).find((one) => one.protocol === protocol);
	const port = listener && server.ports[listener.stock.portName];
	if (listener === undefined || port === undefined)
		throw new VisibleError(`mail.listeners has no ${protocol}: the probe needs one`);
	return { name: listener.name, tls: listener.tls, host: server.host, port };
}

/** Login listeners as seen from outside, by the address of the edge. */
function publicListeners(site: ReturnType<typeof siteOf>) {
	const host = site.network.hosts[site.mail.edge.proxy]?.address;
	return mailListeners(site)
		.filter(({ protocol }) => protocol !== "smtp")
		.map(({ name, protocol, tls, publicPort }) => ({ name, protocol, tls, host, port: publicPort }));
}
