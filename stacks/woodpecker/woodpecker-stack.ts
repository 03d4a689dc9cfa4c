import type { Construct } from "constructs";
import { defined } from "../../config/schema/defined.ts";
import { httpUrl } from "../../config/schema/endpoints.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { tiers } from "../../config/tiers.ts";
import { DisruptionBudget } from "../../constructs/kubernetes/disruption-budget.ts";
import { HelmChart } from "../../constructs/kubernetes/helm-chart.ts";
import { Ingress } from "../../constructs/kubernetes/ingress.ts";
import { IngressPolicy } from "../../constructs/kubernetes/ingress-policy.ts";
import { TieredNamespace } from "../../constructs/kubernetes/namespace.ts";
import type { PodSet } from "../../constructs/kubernetes/workload.ts";
import { AlertRules } from "../../constructs/monitoring/alert-rules.ts";
import { registryOf } from "../../constructs/registry.ts";
import { TlsSecret } from "../../constructs/secrets/tls-secret.ts";
import type { Backend } from "../../constructs/woodpecker/agent-environment.ts";
import { woodpeckerAlerts } from "../../constructs/woodpecker/alerts.ts";
import { driftAlerts } from "../../constructs/woodpecker/drift-alerts.ts";
import { InfrastructureIdentity } from "../../constructs/woodpecker/infrastructure-identity.ts";
import { PipelineNamespace } from "../../constructs/woodpecker/pipeline-namespace.ts";
import { SecretSync } from "../../constructs/woodpecker/secret-sync.ts";
import { serverService } from "../../constructs/woodpecker/server-service.ts";
import { agentValues, componentLabels, serverValues } from "../../constructs/woodpecker/values.ts";
import { WoodpeckerSecrets } from "../../constructs/woodpecker/woodpecker-secrets.ts";
import { waive } from "../../world/waiver.ts";
import type { StackFacts } from "../declaration.ts";
import { InfraStack } from "../infra-stack.ts";

/** Names of the releases, after which the chart names its objects. */
const releases = { server: "woodpecker", infrastructure: "woodpecker-infra" } as const;

/**
 * The CI server with two kinds of agents. Pipelines of tenants run in a namespace without any rights; those of the
 * infrastructure repository in another, where only steps of its default branch may have rights.
 */
export class WoodpeckerStack extends InfraStack {
	constructor(scope: Construct, facts: StackFacts) {
		super(scope, facts);
		const { woodpecker } = this.site;
		const namespace = new TieredNamespace(this, "namespace", {
			name: this.#machine(woodpecker.sync.machine).namespace,
			tier: tiers.edge,
		});
		const { name, ports } = serverService;
		this.produce(name, { host: `${name}.${namespace.literalName}.svc.${this.site.cluster.domain}`, ports });
		// The rest needs secrets and the registry, which are in Vault.
		if (this.site.vault.phase === "server") {
			waive(this, "endpoint-produced", "Nobody is served before Vault was initialised, which the site says.");
			return;
		}

		const tenants = this.#backend("tenants");
		const only = { repository: woodpecker.infrastructureRepository, branch: woodpecker.infrastructureBranch };
		const infrastructure = this.#backend("infrastructure", only);
		new InfrastructureIdentity(this, "infrastructure-identity", {
			namespace: infrastructure.pipelines.namespace,
			account: this.#machine(woodpecker.infrastructure.machine).serviceAccount,
			...only,
		});
		const secrets = new WoodpeckerSecrets(this, "secrets", { namespace });
		const chart = { namespace, chart: woodpecker.chart, timeoutSeconds: 600 };
		new HelmChart(this, "release", {
			...chart,
			name: releases.server,
			values: serverValues(
				this.site,
				{ release: releases.server, backend: tenants.backend, secrets: secrets.names },
				registryOf(this),
			),
			dependsOn: [...secrets.resources, tenants.pipelines.namespace.resource],
		});
		new HelmChart(this, "infrastructure-release", {
			...chart,
			name: releases.infrastructure,
			values: agentValues(this.site, {
				release: releases.infrastructure,
				backend: infrastructure.backend,
				secrets: secrets.names,
			}),
			dependsOn: [...secrets.resources, infrastructure.pipelines.namespace.resource],
		});
		this.#admit(namespace, tenants.backend.agents);
		this.#publish(namespace);
		this.#watch(namespace);
	}

	#machine(name: string) {
		const machine = this.site.vault.machines[name];
		if (machine === undefined) throw new VisibleError(`vault.machines has no ${name}`);
		return machine;
	}

	#backend(kind: "tenants" | "infrastructure", only?: Backend["only"]) {
		const { machine, quota, ...load } = this.site.woodpecker[kind];
		const { namespace } = this.#machine(machine);
		const backend: Backend = { namespace, ...load, ...defined({ only }) };
		const pipelines = new PipelineNamespace(this, kind, {
			name: namespace,
			quota,
			privileged: this.site.woodpecker.images.privileged.length > 0,
			fenced: kind === "tenants",
		});
		return { backend, pipelines };
	}

	/** Clients of the server, and the disruption budget of the agents. */
	#admit(namespace: TieredNamespace, agents: number): void {
		const component = (kind: "server" | "agent", replicas: number): PodSet => ({
			namespace,
			name: `${releases.server}-${kind}`,
			replicas,
			selector: componentLabels(releases.server, kind),
			ports: kind === "server" ? serverService.containerPorts : {},
		});
		new IngressPolicy(this, "server-clients", {
			pods: component("server", 1),
			allow: [
				{ namespaces: [namespace.literalName], ports: ["http", "grpc"] },
				{ namespaces: [this.site.cluster.ingress.namespace], ports: ["http"] },
			],
		});
		if (agents > 1)
			new DisruptionBudget(this, "agents-budget", {
				pods: component("agent", agents),
				minAvailable: agents - 1,
			});
	}

	#publish(namespace: TieredNamespace): void {
		const { secretName } = new TlsSecret(this, "certificate", {
			namespace,
			...this.site.cluster.ingress.certificate,
		});
		new Ingress(this, "ingress", {
			namespace,
			host: "ci",
			backend: serverService,
			port: "http",
			tlsSecret: secretName,
			// Webhooks of the forge and API clients bring tokens of their own.
			protected: false,
		});
	}

	#watch(namespace: TieredNamespace): void {
		const { monitoring, woodpecker } = this.site;
		const sync = new SecretSync(this, "secret-sync", {
			namespace,
			identity: this.#machine(woodpecker.sync.machine),
			role: woodpecker.sync.machine,
			vault: httpUrl(this.consume("vault-active")),
			server: httpUrl({ host: serverService.name, ports: serverService.ports }),
			pushgateway: httpUrl(this.consume(monitoring.pushgateway)),
		});
		new AlertRules(this, "alerts", {
			namespace,
			group: "woodpecker",
			rules: woodpeckerAlerts({
				namespace: namespace.literalName,
				server: serverService.name,
				agents: [`${releases.server}-agent`, `${releases.infrastructure}-agent`],
				sync,
			}),
		});
		// The nightly look at all stacks is a pipeline.
		new AlertRules(this, "drift-alerts", {
			namespace,
			group: "infrastructure-drift",
			rules: driftAlerts(),
		});
	}
}
