import { readFileSync } from "node:fs";
import { Construct } from "constructs";
import { mailDomains } from "../../config/schema/mail-domains.ts";
import { MiB } from "../../config/schema/quantity.ts";
import type { Site } from "../../config/schema/site.ts";
import { ConfigFiles } from "../kubernetes/config-files.ts";
import { Ingress } from "../kubernetes/ingress.ts";
import { IngressPolicy } from "../kubernetes/ingress-policy.ts";
import type { TieredNamespace } from "../kubernetes/namespace.ts";
import { Service } from "../kubernetes/service.ts";
import { Workload } from "../kubernetes/workload.ts";
import { siteOf } from "../site.ts";
import { autoconfigXml, autodiscoverXml } from "./client-settings.ts";

/** Labels of the hosts where mail programs look, by what they then find there. */
const hosts = {
	autoconfig: ["/mail/config-v1.1.xml", "/.well-known/autoconfig/mail/config-v1.1.xml"],
	autodiscover: ["/autodiscover/autodiscover.xml", "/Autodiscover/Autodiscover.xml"],
} as const;

type SettingsHost = keyof typeof hosts;

/** The hosts that a site gives to the mail server. */
export function settingsHosts({ virtualHosts }: Pick<Site, "virtualHosts">): readonly SettingsHost[] {
	return (Object.keys(hosts) as SettingsHost[]).filter((host) => virtualHosts[host]?.stack === "mailserver");
}

export interface SettingsServiceProps {
	readonly namespace: TieredNamespace;
	/** Secret with the certificate of the site's hosts. */
	readonly certificate: string;
}

const name = "mail-settings";
const port = 8080;

/** Tells mail programs how an address of the server's domains is set up: autoconfig (Mozilla) and autodiscover (Outlook). */
export class SettingsService extends Construct {
	constructor(scope: Construct, id: string, { namespace, certificate }: SettingsServiceProps) {
		super(scope, id);
		const site = siteOf(this);
		const files = new ConfigFiles(this, "files", {
			namespace,
			name,
			files: {
				"client_settings.py": readFileSync(new URL("./programs/client_settings.py", import.meta.url), "utf8"),
				"autoconfig.xml": autoconfigXml(site),
				"autodiscover.xml": autodiscoverXml(site),
			},
		});
		const pods = new Workload(this, "deployment", {
			namespace,
			name,
			replicas: 1,
			user: { uid: 65534, gid: 65534 },
			containers: [
				{
					name: "settings",
					image: site.mail.programs.image,
					command: ["python3", "-B", "/settings/client_settings.py"],
					cpu: "10m",
					memory: 64 * MiB,
					memoryRequest: 32 * MiB,
					ports: { http: port },
					env: {
						FOLDER: "/settings",
						DOMAINS: mailDomains(site)
							.map(({ name }) => name)
							.join(" "),
						PORT: String(port),
					},
					mounts: [{ path: "/settings", volume: files, readOnly: true }],
					readiness: { httpGet: "/alive", port: "http", periodSeconds: 10 },
					liveness: { httpGet: "/alive", port: "http", periodSeconds: 60, timeoutSeconds: 15 },
				},
			],
		});
		const backend = new Service(this, "service", { pods, name });
		new IngressPolicy(this, "clients", {
			pods,
			allow: [{ namespaces: [site.cluster.ingress.namespace], ports: ["http"] }],
		});
		for (const host of settingsHosts(site))
			new Ingress(this, host, {
				namespace,
				host,
				backend,
				tlsSecret: certificate,
				// Who asks has no password yet, and is told what the DNS says as well.
				protected: false,
				// Mail programs call themselves what they like.
				antiAi: false,
				paths: hosts[host],
				pathType: "Exact",
				externalMonitor: host === "autoconfig" ? { path: hosts.autoconfig[0] } : false,
			});
	}
}
