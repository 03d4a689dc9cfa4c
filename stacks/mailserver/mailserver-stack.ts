import type { Construct } from "constructs";
import { tiers } from "../../config/tiers.ts";
import { MailDomain } from "../../constructs/dns/mail-domain.ts";
import { BackupTask } from "../../constructs/kubernetes/backup-task.ts";
import { TieredNamespace } from "../../constructs/kubernetes/namespace.ts";
import { mailAlerts } from "../../constructs/mail/alerts.ts";
import { MailServer, mailScript, mailTrees } from "../../constructs/mail/mail-server.ts";
import { AlertRules } from "../../constructs/monitoring/alert-rules.ts";
import { TlsSecret } from "../../constructs/secrets/tls-secret.ts";
import type { StackDeclaration } from "../declaration.ts";
import { InfraStack } from "../infra-stack.ts";

/** The mail server with its names in the zone, its backup and its alerts. */
export class MailserverStack extends InfraStack {
	constructor(scope: Construct, declaration: StackDeclaration) {
		super(scope, declaration);
		const { mail, cluster, monitoring } = this.site;
		const namespace = new TieredNamespace(this, "namespace", {
			name: "mailserver",
			tier: tiers.edge,
			holdsData: true,
		});
		const certificate = new TlsSecret(this, "certificate", { namespace, ...cluster.ingress.certificate });
		const server = new MailServer(this, "server", { namespace, certificate: certificate.secretName });
		this.produce("mailserver", server.service);
		new MailDomain(this, "domain", { host: mail.host, dns: mail.dns });

		const pushgateway = this.consume(monitoring.pushgateway);
		const { schedule, retention, capacity, image } = mail.backup;
		const backup = new BackupTask(this, "backup", {
			namespace,
			name: "mailserver-backup",
			schedule,
			saves: [server.dataName],
			image,
			script: mailScript("copy-trees.sh"),
			retentionDays: retention / 86_400_000,
			capacity,
			pushgateway: `http://${pushgateway.host}:${pushgateway.ports.http}`,
			// Owners of files are part of the mail: the copy keeps them.
			user: { rootWith: ["CHOWN", "DAC_OVERRIDE", "FOWNER"] },
			beside: server.pods,
			cpu: "50m",
			memory: 256 * 1024 ** 2,
			env: { SOURCE_DIR: "/source" },
			mounts: Object.keys(mailTrees).map((tree) => ({
				path: `/source/${tree}`,
				volume: server.data,
				subPath: tree,
				readOnly: true,
			})),
		});
		new AlertRules(this, "alerts", {
			namespace,
			group: "mailserver",
			rules: mailAlerts({
				namespace: namespace.plainName,
				server: server.pods.name,
				backup: backup.name,
			}),
		});
	}
}
