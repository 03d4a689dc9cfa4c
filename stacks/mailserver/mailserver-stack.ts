import type { Construct } from "constructs";
import { httpUrl } from "../../config/schema/endpoints.ts";
import { mailDomains } from "../../config/schema/mail-domains.ts";
import { tiers } from "../../config/tiers.ts";
import { MailDomain } from "../../constructs/dns/mail-domain.ts";
import { TieredNamespace } from "../../constructs/kubernetes/namespace.ts";
import { mailAlerts } from "../../constructs/mail/alerts.ts";
import { MailPrograms } from "../../constructs/mail/mail-programs.ts";
import { MailServer, mailTrees, queueJob, quotaJob } from "../../constructs/mail/mail-server.ts";
import { mailboxAlerts } from "../../constructs/mail/mailbox-alerts.ts";
import { SettingsService, settingsHosts } from "../../constructs/mail/settings-service.ts";
import { TreeBackup } from "../../constructs/mail/tree-backup.ts";
import { mailRestore, TreeRestore } from "../../constructs/mail/tree-restore.ts";
import { Webmail } from "../../constructs/mail/webmail.ts";
import { AlertRules } from "../../constructs/monitoring/alert-rules.ts";
import { TlsSecret } from "../../constructs/secrets/tls-secret.ts";
import type { StackFacts } from "../declaration.ts";
import { InfraStack } from "../infra-stack.ts";

/** The mail server with its DNS records, the webmail, and the jobs that probe it, clean up and back it up. */
export class MailserverStack extends InfraStack {
	constructor(scope: Construct, facts: StackFacts) {
		super(scope, facts);
		const { mail, cluster, monitoring } = this.site;
		const namespace = new TieredNamespace(this, "namespace", {
			name: "mailserver",
			tier: tiers.edge,
			holdsData: true,
		});
		const certificate = new TlsSecret(this, "certificate", { namespace, ...cluster.ingress.certificate });
		const pushgateway = httpUrl(this.consume(monitoring.pushgateway));
		const server = new MailServer(this, "server", {
			namespace,
			certificate: certificate.secretName,
			pushgateway,
		});
		this.produce("mailserver", server.service);
		for (const [index, domain] of mailDomains(this.site).entries())
			new MailDomain(this, index === 0 ? "domain" : `domain-${domain.name}`, { host: mail.host, ...domain });

		const programs = new MailPrograms(this, "programs", { namespace, server: server.service, pushgateway });
		const webmail = new Webmail(this, "webmail", {
			namespace,
			server: server.service,
			certificate: certificate.secretName,
		});

		if (settingsHosts(this.site).length > 0)
			new SettingsService(this, "settings", { namespace, certificate: certificate.secretName });

		const backup = new TreeBackup(this, "backup", {
			namespace,
			name: "mailserver-backup",
			kind: "mail",
			volume: mailRestore.backups,
			schedule: mail.backup.schedule,
			pushgateway,
			pods: server.pods,
			trees: Object.fromEntries(
				Object.entries(mailTrees).map(([tree, { subPath }]) => [tree, { volume: server.data, subPath }]),
			),
		});
		new TreeRestore(this, "restore", { namespace, backups: backup.task.volume, data: server.data });
		const webmailBackup = new TreeBackup(this, "webmail-backup", {
			namespace,
			name: "roundcube-backup",
			kind: "webmail",
			volume: "roundcube-backup-host",
			schedule: mail.webmail.backupSchedule,
			pushgateway,
			pods: webmail.pods,
			trees: Object.fromEntries(Object.entries(webmail.volumes).map(([tree, volume]) => [tree, { volume }])),
		});
		new AlertRules(this, "alerts", {
			namespace,
			group: "mailserver",
			rules: [
				...mailAlerts({
					namespace: namespace.literalName,
					server: server.pods.name,
					webmail: webmail.pods.name,
					queue: queueJob,
					probe: programs.probe,
					retention: programs.retention,
					backups: { Mailserver: backup.task, Webmail: webmailBackup.task },
				}),
				...mailboxAlerts(this.site, quotaJob),
			],
		});
	}
}
