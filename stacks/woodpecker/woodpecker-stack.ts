import type { Construct } from "constructs";
import { constructIds } from "../../config/registry/owner-names.ts";
import { httpUrl } from "../../config/schema/endpoints.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { tiers } from "../../config/tiers.ts";
import { HelmChart } from "../../constructs/kubernetes/helm-chart.ts";
import { Ingress } from "../../constructs/kubernetes/ingress.ts";
import { IngressPolicy } from "../../constructs/kubernetes/ingress-policy.ts";
import { TieredNamespace } from "../../constructs/kubernetes/namespace.ts";
import { AlertRules } from "../../constructs/monitoring/alert-rules.ts";
import { registryOf } from "../../constructs/registry.ts";
import { TlsSecret } from "../../constructs/secrets/tls-secret.ts";
import {
	agentName,
	infrastructureBackend,
	infrastructureRelease,
} from "../../constructs/woodpecker/agent-environment.ts";
import { woodpeckerAlerts } from "../../constructs/woodpecker/alerts.ts";
import { certificateAlerts } from "../../constructs/woodpecker/certificate-alerts.ts";
import { driftAlerts } from "../../constructs/woodpecker/drift-alerts.ts";
import { InfrastructureIdentity } from "../../constructs/woodpecker/infrastructure-identity.ts";
import { OwnerPipelines } from "../../constructs/woodpecker/owner-pipelines.ts";
import { PipelineNamespace } from "../../constructs/woodpecker/pipeline-namespace.ts";
import { SecretSync } from "../../constructs/woodpecker/secret-sync.ts";
import { serverService } from "../../constructs/woodpecker/server-service.ts";
import { agentValues, componentLabels, serverValues } from "../../constructs/woodpecker/values.ts";
import { WoodpeckerSecrets } from "../../constructs/woodpecker/woodpecker-secrets.ts";
import { waive } from "../../world/waiver.ts";
import type { StackFacts } from "../declaration.ts";
import { InfraStack } from "../infra-stack.ts";

/** Release of the server, after which the chart names its objects. */
const serverRelease = "woodpecker";

/**
 * The CI server and its agents. Pipelines of each owner run in a namespace of theirs without any rights in the cluster;
 * those of the infrastructure repository in another, where only steps of its default branch may have rights.
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

		const { machine, quota } = woodpecker.infrastructure;
		const infrastructure = this.#machine(machine);
		const backend = infrastructureBackend(this.site);
		const { namespace: steps } = new PipelineNamespace(this, "infrastructure", {
			name: infrastructure.namespace,
			quota,
			privileged: woodpecker.images.privileged.length > 0,
			fenced: false,
		});
		new InfrastructureIdentity(this, "infrastructure-identity", {
			namespace: steps,
			account: infrastructure.serviceAccount,
			...backend.only,
		});
		const registry = registryOf(this);
		const secrets = new WoodpeckerSecrets(this, "secrets", { namespace });
		const chart = { namespace, chart: woodpecker.chart, timeoutSeconds: 600 };
		const server = new HelmChart(this, "release", {
			...chart,
			name: serverRelease,
			values: serverValues(this.site, secrets.names, registry),
			dependsOn: secrets.resources,
		});
		new HelmChart(this, "infrastructure-release", {
			...chart,
			name: infrastructureRelease,
			values: agentValues(this.site, {
				release: infrastructureRelease,
				backend,
				secret: secrets.names.agent,
			}),
			dependsOn: [...secrets.resources, steps.resource],
		});
		for (const owner of [...registry.owners, ...registry.disabledOwners])
			if (owner.ciOrgId !== undefined)
				new OwnerPipelines(this, constructIds.owner(owner.key), {
					owner,
					namespace,
					dependsOn: [server.resource],
				});
		this.#admit(namespace);
		this.#publish(namespace);
		this.#watch(namespace);
	}

	#machine(name: string) {
		const machine = this.site.vault.machines[name];
		if (machine === undefined) throw new VisibleError(`vault.machines has no ${name}`);
		return machine;
	}

	/** Clients of the server. */
	#admit(namespace: TieredNamespace): void {
		new IngressPolicy(this, "server-clients", {
			pods: {
				namespace,
				name: serverService.name,
				replicas: 1,
				selector: componentLabels(serverRelease, "server"),
				ports: serverService.containerPorts,
			},
			allow: [
				{ namespaces: [namespace.literalName], ports: ["http", "grpc"] },
				{ namespaces: [this.site.cluster.ingress.namespace], ports: ["http"] },
			],
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
				infrastructureAgent: agentName(infrastructureRelease),
				sync,
			}),
		});
		// The nightly look at all stacks is a pipeline.
		new AlertRules(this, "drift-alerts", {
			namespace,
			group: "infrastructure-drift",
			rules: driftAlerts(),
		});
		const { issuer } = this.site.cluster.ingress.certificate;
		if (woodpecker.certifier !== undefined && issuer.kind === "acme")
			new AlertRules(this, "certificate-alerts", {
				namespace,
				group: "certificate",
				rules: certificateAlerts(issuer.renewBefore),
			});
	}
}
