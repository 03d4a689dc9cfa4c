import { Construct } from "constructs";
import type { Site } from "../../config/schema/site.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { Claim } from "../kubernetes/claim.ts";
import { ConfigFiles } from "../kubernetes/config-files.ts";
import { Ingress } from "../kubernetes/ingress.ts";
import { IngressPolicy } from "../kubernetes/ingress-policy.ts";
import type { TieredNamespace } from "../kubernetes/namespace.ts";
import { Service } from "../kubernetes/service.ts";
import { secretFiles } from "../kubernetes/volume-source.ts";
import { Workload } from "../kubernetes/workload.ts";
import { type EphemeralValue, EphemeralVaultSecret } from "../secrets/ephemeral-vault-secret.ts";
import { WriteOnlySecret } from "../secrets/write-only-secret.ts";
import { siteOf } from "../site.ts";
import { mailListeners } from "./listeners.ts";

export interface WebmailProps {
	readonly namespace: TieredNamespace;
	/** Service of the mail server for pods. */
	readonly server: Service;
	/** Secret with the certificate of the public name. */
	readonly certificate: string;
}

const name = "roundcubemail";

/** Capabilities that Apache and the image's set-up use. */
const rights = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "NET_BIND_SERVICE", "SETGID", "SETUID"] as const;

/** Directories of the pod that are on volumes, by the name of the volume. */
export const webmailTrees = { html: "/var/www/html", enigma: "/var/roundcube/enigma" } as const;

/**
 * Roundcube behind the identity provider's login. It connects to the mail server by its Service, and checks the
 * certificate of the public name.
 */
export class Webmail extends Construct {
	readonly pods: Workload;
	/** Claims by tree. */
	readonly volumes: Readonly<Record<keyof typeof webmailTrees, Claim>>;

	constructor(scope: Construct, id: string, { namespace, server, certificate }: WebmailProps) {
		super(scope, id);
		const site = siteOf(this);
		const { webmail, host } = site.mail;
		const serverName = `${host}.${site.network.domain}`;
		const sieve = mailListeners(site).find(({ protocol }) => protocol === "sieve");
		const sievePort = sieve && server.ports[sieve.stock.portName];
		const sieveServer = sievePort === undefined ? undefined : `tls://${server.name}:${sievePort}`;
		const claim = (tree: string) =>
			new Claim(this, tree, {
				namespace,
				name: `${name}-${tree}`,
				claimName: `${name}-${tree}-encrypted`,
				volumeName: tree,
				holds: "sensitive",
				...webmail.volumes,
			});
		this.volumes = { html: claim("html"), enigma: claim("enigma") };
		const config = new ConfigFiles(this, "config", {
			namespace,
			name: `${name}-config`,
			files: { "custom.php": customPhp(serverName, sieveServer) },
		});
		const { password, user, host: databaseHost } = webmail.database;
		const entry = new EphemeralVaultSecret(this, "database", {
			path: password.path,
			version: password.version,
		});
		const secret = new WriteOnlySecret(this, "secret", {
			namespace,
			name: `${name}-database`,
			data: { roundcube_db_password: urlEncoded(entry.value(password.key)) },
			revision: password.version,
		});
		const port = (protocol: "imap" | "submission", tls: "implicit" | "required") => {
			const listener = mailListeners(site).find((one) => one.protocol === protocol && one.tls === tls);
			const number = listener && server.ports[listener.stock.portName];
			if (number === undefined)
				throw new VisibleError(`mail.listeners has no ${protocol} with TLS ${tls} for the webmail`);
			return String(number);
		};
		this.pods = new Workload(this, "deployment", {
			namespace,
			name,
			replicas: 1,
			strategy: "Recreate",
			user: { rootWith: rights },
			containers: [
				{
					name: "roundcube",
					image: webmail.image,
					cpu: "25m",
					memory: webmail.memory,
					writableRoot: true,
					ports: { web: 80 },
					env: {
						ROUNDCUBEMAIL_DEFAULT_HOST: `ssl://${server.name}`,
						ROUNDCUBEMAIL_DEFAULT_PORT: port("imap", "implicit"),
						ROUNDCUBEMAIL_SMTP_SERVER: `tls://${server.name}`,
						ROUNDCUBEMAIL_SMTP_PORT: port("submission", "required"),
						ROUNDCUBEMAIL_DB_TYPE: "mysql",
						ROUNDCUBEMAIL_DB_HOST: databaseHost,
						ROUNDCUBEMAIL_DB_USER: user,
						ROUNDCUBEMAIL_COMPOSER_PLUGINS: webmail.packages.join(","),
						ROUNDCUBEMAIL_UPLOAD_MAX_FILESIZE: `${Math.floor(uploadLimit(site) / 1024)}K`,
						ROUNDCUBEMAIL_PLUGINS: [...webmail.plugins, ...(sieveServer ? ["managesieve"] : [])].join(","),
					},
					mounts: [
						{ path: "/var/roundcube/config", volume: config, readOnly: true },
						// The image reads the file instead of a variable, which everyone who may view the pod would
						// see.
						{ path: "/run/secrets", volume: secretFiles("database", secret.secretName), readOnly: true },
						...Object.entries(webmailTrees).map(([tree, path]) => ({
							path,
							volume: this.volumes[tree as keyof typeof webmailTrees],
						})),
					],
					// The first start copies the program and installs its plugins.
					startup: { httpGet: "/", port: "web", periodSeconds: 10, failureThreshold: 30 },
					readiness: { httpGet: "/", port: "web", periodSeconds: 10 },
				},
			],
		});
		const service = new Service(this, "service", { pods: this.pods, name });
		new IngressPolicy(this, "clients", {
			pods: this.pods,
			allow: [{ namespaces: [site.cluster.ingress.namespace], ports: ["web"] }],
		});
		new Ingress(this, "ingress", {
			namespace,
			host,
			backend: service,
			tlsSecret: certificate,
			protected: true,
			// The records belong to the mail server, with or without a webmail.
			ownsRecords: false,
		});
	}
}

/**
 * Bytes of the largest attachment: what becomes a message of the largest size in Base64 with its line breaks, and what
 * Roundcube holds in the 64 MiB that the image gives to PHP, five times over when the database keeps attachments.
 */
export function uploadLimit({ mail }: Pick<Site, "mail">): number {
	return Math.min(Math.floor(0.73 * mail.messageSizeLimit), 10 * 1024 ** 2);
}

/**
 * A value as it is written in a URL. The image puts the password into one as it is, inside quotes of PHP, and Roundcube
 * decodes it: a quote would end the text, and `%41` be read as a letter.
 */
function urlEncoded(value: EphemeralValue): EphemeralValue {
	return `\${replace(urlencode(${value.slice(2, -1)}), "+", "%20")}` as EphemeralValue;
}

/** Checks connections to the mail server, which are made by its Service name, against the public name. */
function customPhp(serverName: string, sieveServer: string | undefined): string {
	const options = `['ssl' => ['verify_peer' => true, 'verify_peer_name' => true, 'peer_name' => '${serverName}']]`;
	const sieve =
		sieveServer === undefined
			? ""
			: `$config['managesieve_host'] = '${sieveServer}';
$config['managesieve_conn_options'] = ${options};
`;
	return `<?php
$config['imap_conn_options'] = ${options};
$config['smtp_conn_options'] = ${options};
${sieve}`;
}
