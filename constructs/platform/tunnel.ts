import { Construct } from "constructs";
import { MiB } from "../../config/schema/quantity.ts";
import type { Site } from "../../config/schema/site.ts";
import { tiers } from "../../config/tiers.ts";
import { DisruptionBudget } from "../kubernetes/disruption-budget.ts";
import { IngressPolicy } from "../kubernetes/ingress-policy.ts";
import { TieredNamespace } from "../kubernetes/namespace.ts";
import { Workload } from "../kubernetes/workload.ts";
import { AlertRules } from "../monitoring/alert-rules.ts";
import { EphemeralVaultSecret } from "../secrets/ephemeral-vault-secret.ts";
import { WriteOnlySecret } from "../secrets/write-only-secret.ts";
import { siteOf } from "../site.ts";
import { tunnelAlerts } from "./tunnel-alerts.ts";

export interface TunnelProps {
	readonly settings: NonNullable<Site["platform"]["tunnel"]>;
}

/**
 * The cluster's end of the tunnel. It opens connections and accepts none except for its metrics, so it has no Service.
 * Routes from hosts to Services are configured at the provider.
 */
export class Tunnel extends Construct {
	constructor(scope: Construct, id: string, { settings }: TunnelProps) {
		super(scope, id);
		const { image, replicas, token } = settings;
		const name = "cloudflared";
		const namespace = new TieredNamespace(this, "namespace", {
			name,
			tier: tiers.core,
			podSecurity: "restricted",
		});
		const entry = new EphemeralVaultSecret(this, "entry", { path: token.path, version: token.version });
		const { secretName } = new WriteOnlySecret(this, "token", {
			namespace,
			name: "tunnel-token",
			data: { token: entry.value(token.key) },
			revision: token.version,
		});
		const pods = new Workload(this, "connector", {
			namespace,
			name,
			replicas,
			// Preferred: with a single node, all replicas run there.
			spread: "preferred",
			user: { uid: 65532, gid: 65532 },
			podAnnotations: { "prometheus.io/scrape": "true", "prometheus.io/port": "2000" },
			containers: [
				{
					name,
					image,
					args: ["tunnel", "--no-autoupdate", "--metrics", "0.0.0.0:2000", "run"],
					ports: { metrics: 2000 },
					secrets: { TUNNEL_TOKEN: { secret: secretName, key: "token" } },
					cpu: "15m",
					memory: 128 * MiB,
					// Ready as long as it is connected; a restart would not bring back a provider that is away.
					readiness: { httpGet: "/ready", port: "metrics" },
				},
			],
		});
		new DisruptionBudget(this, "budget", { pods, minAvailable: replicas - 1 });
		new IngressPolicy(this, "clients", {
			pods,
			allow: [{ namespaces: [siteOf(this).monitoring.namespace], ports: ["metrics"] }],
		});
		new AlertRules(this, "alerts", {
			namespace,
			group: "tunnel",
			rules: tunnelAlerts({ namespace: namespace.literalName, workload: name, replicas }),
		});
	}
}
