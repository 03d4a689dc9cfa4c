import { readFileSync } from "node:fs";
import { Construct } from "constructs";
import { mailDomains } from "../../config/schema/mail-domains.ts";
import { processData } from "../../config/schema/mail-memory.ts";
import { FirstApply } from "../first-apply.ts";
import { Claim } from "../kubernetes/claim.ts";
import { ConfigFiles } from "../kubernetes/config-files.ts";
import { IngressPolicy } from "../kubernetes/ingress-policy.ts";
import type { TieredNamespace } from "../kubernetes/namespace.ts";
import { Service } from "../kubernetes/service.ts";
import { scratchSpace, secretFiles } from "../kubernetes/volume-source.ts";
import { Workload } from "../kubernetes/workload.ts";
import { siteOf } from "../site.ts";
import { dovecotLocalConf } from "./dovecot/local-conf.ts";
import { accountFields, quotaRecipients, quotaRecipientsFile, unlimitedFields } from "./dovecot/quota.ts";
import { edgeHash } from "./edge.ts";
import { backingPorts, certificateDirectory, configDirectory, mailEnvironment } from "./environment.ts";
import { ownVariables } from "./image-environment.ts";
import { mailListeners, nodePortNetworks } from "./listeners.ts";
import { MailSecrets } from "./mail-secrets.ts";
import { postfixMainCf, relayHost, relayPasswords } from "./postfix/main-cf.ts";
import { quotedSenders, quotedSendersFile } from "./postfix/quoted-senders.ts";
import {
	postfixServices,
	quotaCheck,
	renderServices,
	submissionRecipients,
	submissionRecipientsFile,
} from "./postfix/services.ts";
import { postfixVirtualCf } from "./postfix/virtual-cf.ts";
import { dkimKeys, dkimKeysFile, dkimSigningConf, publishedKeys } from "./rspamd/dkim-signing.ts";
import { milterHeadersConf } from "./rspamd/milter-headers.ts";
import { workerControllerInc } from "./rspamd/worker-controller.ts";
import { workerProxyInc } from "./rspamd/worker-proxy.ts";

export interface MailServerProps {
	readonly namespace: TieredNamespace;
	/** Secret with the certificate of the public name. */
	readonly certificate: string;
	/** Base URL of the Pushgateway. */
	readonly pushgateway: string;
}

/** Reads a script of this folder. */
export const mailScript = (name: string) =>
	readFileSync(new URL(`./scripts/${name}`, import.meta.url), "utf8");

const name = "mailserver";
const secretsDirectory = "/etc/mail-secrets";
const claimName = `${name}-data-encrypted`;

/** The claim with mail, state and log, as `namespace/name`. */
export const mailClaim = `mailserver/${claimName}`;

/** Job under which the pod pushes what waits in its queue. */
export const queueJob = "mailserver-queue";

/** Job under which the pod pushes what each mailbox uses of its quota. */
export const quotaJob = "mailserver-mailboxes";

/** Capabilities that Postfix' master, Dovecot and the image's set-up use. */
const rights = [
	"CHOWN",
	"DAC_OVERRIDE",
	"FOWNER",
	"FSETID",
	"KILL",
	"NET_BIND_SERVICE",
	"SETGID",
	"SETUID",
	"SYS_CHROOT",
] as const;

/**
 * docker-mailserver with Postfix, Dovecot and Rspamd in one pod, on one encrypted volume. Every protocol has two ports:
 * a stock one for pods, and one that requires a PROXY header, which only node-port traffic reaches.
 */
export class MailServer extends Construct {
	readonly pods: Workload;
	/** Claim with mail, state and log. */
	readonly data: Claim;
	/** Service for clients inside the cluster. */
	readonly service: Service;

	constructor(scope: Construct, id: string, { namespace, certificate, pushgateway }: MailServerProps) {
		super(scope, id);
		const site = siteOf(this);
		const { mail } = site;
		const listeners = mailListeners(site);
		this.data = new Claim(this, "data", {
			namespace,
			name,
			claimName,
			holds: "sensitive",
			...mail.volume,
		});
		const files = new ConfigFiles(this, "config", {
			namespace,
			name: `${name}-config`,
			files: {
				"postfix-main.cf": postfixMainCf(site),
				"postfix-services": renderServices(postfixServices(site)),
				[submissionRecipientsFile]: submissionRecipients(site),
				[quotedSendersFile]: quotedSenders,
				"postfix-virtual.cf": postfixVirtualCf(site),
				"dovecot.cf": dovecotLocalConf(site),
				...(mail.quota
					? {
							"account-fields": accountFields(site),
							"quota-recipients": quotaRecipients(site),
							"quota-warning.sh": mailScript("quota-warning.sh"),
						}
					: {}),
				"dkim_signing.conf": dkimSigningConf(site),
				[dkimKeysFile]: dkimKeys(site),
				...publishedKeys(site),
				"milter_headers.conf": milterHeadersConf,
				"worker-controller.inc": workerControllerInc,
				"worker-proxy.inc": workerProxyInc,
				"room.lua": readFileSync(new URL("./rspamd/room.lua", import.meta.url), "utf8"),
				"start-mail.sh": mailScript("start-mail.sh"),
				"user-patches.sh": mailScript("user-patches.sh"),
				"volume.sh": mailScript("volume.sh"),
				"listening.sh": mailScript("listening.sh"),
				"queue-metrics.sh": mailScript("queue-metrics.sh"),
				"queue-metrics.py": mailScript("queue-metrics.py"),
				"queue-metrics.conf": mailScript("queue-metrics.conf"),
			},
			mode: "0555",
		});
		const secrets = new MailSecrets(this, "secrets", { namespace, name: `${name}-secrets` });
		const ports = listeners.flatMap(({ stock, proxied }) => [stock, proxied]);
		// Ready only once the daemons behind the listeners answer: without the filter mail would pass unchecked.
		const needed = [...ports.map(({ port }) => port), ...backingPorts(site)];
		const listening = [`${configDirectory}/listening.sh`, ...needed.map(String)];
		const imap = listeners.find(({ protocol }) => protocol === "imap");
		this.pods = new Workload(this, "deployment", {
			namespace,
			name,
			replicas: 1,
			// The volume can be attached to one pod only.
			strategy: "Recreate",
			user: { rootWith: rights },
			terminationGracePeriodSeconds: 60,
			containers: [
				{
					name,
					image: mail.image,
					command: ["/usr/bin/dumb-init", "--", `${configDirectory}/start-mail.sh`],
					args: ["supervisord", "-c", "/etc/supervisor/supervisord.conf"],
					cpu: "25m",
					memory: mail.memory,
					writableRoot: true,
					// Sieve scripts send by sendmail, which hands over to a set-group-ID program.
					setIdPrograms: true,
					ports: Object.fromEntries(ports.map(({ portName, port }) => [portName, port])),
					env: {
						...mailEnvironment(site, relayHost(site)),
						...ownVariables({
							CONFIG_DIR: configDirectory,
							SERVER: site.network.domain,
							MAIL_TREE: mailTrees.mail.path,
							STATE_TREE: mailTrees.state.path,
							FIRST_APPLY: new FirstApply(this, "first-apply").time,
							ASIDE: `kubectl -n ${namespace.literalName} exec deploy/${name} --`,
							SECRETS_DIR: secretsDirectory,
							MAIL_DIR: "/tmp/docker-mailserver",
							RELAY: relayHost(site),
							RELAY_PASSWORDS: relayPasswords,
							DOVECOT: mail.dovecot,
							CATCH_ALL: mail.catchAll,
							DOMAINS: mailDomains(site)
								.map(({ name }) => name)
								.join(" "),
							...(mail.quota
								? {
										QUOTA_RECIPIENTS: quotaRecipientsFile,
										QUOTA_JOB: quotaJob,
										UNLIMITED: unlimitedFields(site),
										RECIPIENT_CHECK: quotaCheck,
									}
								: {}),
							FILTER_RULES: "/etc/rspamd/rspamd.local.lua",
							FILTER_ROOM: String(mail.messageSizeLimit),
							PROCESS_DATA: String(processData(mail)),
							PROGRAMS: "/etc/supervisor/conf.d",
							PUSHGATEWAY: pushgateway,
							QUEUE_JOB: queueJob,
							QUEUE_SECONDS: "60",
						}),
					},
					mounts: [
						{ path: configDirectory, volume: files, readOnly: true },
						{ path: secretsDirectory, volume: secretFiles("secrets", secrets.secretName), readOnly: true },
						{ path: certificateDirectory, volume: secretFiles("certificate", certificate), readOnly: true },
						...Object.values(mailTrees).map((tree) => ({ ...tree, volume: this.data })),
						{ path: "/var/run/dovecot", volume: scratchSpace("run-dovecot", "16Mi") },
					],
					// Does not connect: the daemons would log a connection every few seconds.
					startup: { exec: listening, periodSeconds: 5, failureThreshold: 60 },
					readiness: { exec: listening, periodSeconds: 10 },
					...(imap ? { liveness: { tcp: imap.stock.portName, periodSeconds: 60, timeoutSeconds: 15 } } : {}),
				},
			],
		});
		const stock = listeners.map(({ stock }) => stock.portName);
		const proxied = listeners.map(({ proxied }) => proxied.portName);
		this.service = new Service(this, "service", { pods: this.pods, name, ports: stock });
		new Service(this, "edge-service", {
			pods: this.pods,
			name: `${name}-proxy`,
			// A changed hash in a plan means that the edge must be applied as well (`infra pfsense apply`).
			annotations: { "infra/edge": edgeHash(site) },
			nodePorts: Object.fromEntries(
				listeners.flatMap(({ stock, proxied, nodePort, checkNodePort }) => [
					[proxied.portName, nodePort],
					[stock.portName, checkNodePort],
				]),
			),
		});
		new IngressPolicy(this, "clients", {
			pods: this.pods,
			allow: [
				{ namespaces: [namespace.literalName, ...mail.clients], ports: stock },
				// Postfix trusts any PROXY header, so only node-port traffic may reach these ports.
				{ networks: nodePortNetworks(site), ports: [...proxied, ...stock] },
			],
		});
	}
}

/** Directories of the volume, with their mount paths in the pod. */
export const mailTrees = {
	mail: { subPath: "data", path: "/var/mail" },
	state: { subPath: "state", path: "/var/mail-state" },
	log: { subPath: "log", path: "/var/log/mail" },
} as const;
