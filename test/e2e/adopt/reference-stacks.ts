import {
	type Blocks,
	claim,
	cronJob,
	mailClaims,
	mailFiles,
	meta,
	service,
	workload,
} from "./reference-platform.ts";

const budget = (namespace: string, name: string, app: string) => ({
	metadata: [meta(namespace, name)],
	spec: [{ max_unavailable: "1", selector: [{ match_labels: { app } }] }],
});

const inNamespace = "${kubernetes_namespace_v1.namespace.metadata[0].name}";

/** What the stack `mailserver` declares: versioned types, names of its own, a Secret that is written and not kept. */
export const newMail: Blocks = {
	kubernetes_namespace_v1: { namespace: { metadata: { name: "mailserver", labels: { tier: "0-core" } } } },
	kubernetes_config_map_v1: Object.fromEntries(
		Object.entries(mailFiles).map(([name, file]) => [
			`files_${name}`,
			// One of them says something else.
			{
				metadata: meta(inNamespace, name),
				data: { [file]: name === "dovecot-config" ? "# changed" : `# ${name}` },
			},
		]),
	),
	kubernetes_secret_v1: {
		keys: {
			metadata: meta(inNamespace, "mailserver-opendkim"),
			data_wo: { "mail.private": "a new key" },
			data_wo_revision: 1,
		},
	},
	kubernetes_persistent_volume_claim_v1: Object.fromEntries(
		mailClaims.map((name) => [`claim_${name}`, claim(inNamespace, name)]),
	),
	kubernetes_deployment_v1: {
		server: {
			metadata: meta(inNamespace, "mailserver"),
			wait_for_rollout: false,
			spec: workload("mailserver", [mailClaims[0]]),
		},
		webmail: {
			metadata: meta(inNamespace, "roundcubemail"),
			wait_for_rollout: false,
			spec: workload("roundcubemail", mailClaims.slice(1)),
		},
	},
	kubernetes_service_v1: {
		server: service(inNamespace, "mailserver", "mailserver", 25),
		webmail: service(inNamespace, "roundcubemail", "roundcubemail", 80),
	},
	kubernetes_service_account_v1: { probe: { metadata: meta(inNamespace, "email-roundtrip-monitor") } },
	kubernetes_cron_job_v1: { backup: cronJob(inNamespace, "mailserver-backup") },
	// It is in the cluster, and in no state.
	kubernetes_network_policy_v1: {
		isolation: {
			metadata: meta(inNamespace, "isolation"),
			spec: { pod_selector: {}, policy_types: ["Ingress"] },
		},
	},
	// It is nowhere.
	kubernetes_pod_disruption_budget_v1: { server: budget(inNamespace, "mailserver", "mailserver") },
};

export const newRedis: Blocks = {
	kubernetes_namespace_v1: { namespace: { metadata: { name: "redis" } } },
	kubernetes_config_map_v1: {
		config: { metadata: meta(inNamespace, "redis-config"), data: { "redis.conf": "maxmemory 512mb" } },
		haproxy: { metadata: meta(inNamespace, "redis-haproxy"), data: { "haproxy.cfg": "global" } },
	},
	kubernetes_stateful_set_v1: {
		nodes: {
			metadata: meta(inNamespace, "redis-node"),
			wait_for_rollout: false,
			spec: { ...workload("redis-node"), service_name: "redis-headless" },
		},
	},
	kubernetes_deployment_v1: {
		proxy: {
			metadata: meta(inNamespace, "redis-haproxy"),
			wait_for_rollout: false,
			spec: workload("redis-haproxy"),
		},
	},
	kubernetes_service_v1: {
		master: service(inNamespace, "redis-master", "redis-haproxy", 6379),
		headless: service(inNamespace, "redis-headless", "redis-node", 6379),
	},
	kubernetes_pod_disruption_budget_v1: { nodes: budget(inNamespace, "redis-node", "redis-node") },
	kubernetes_manifest: {
		limits: {
			manifest: {
				apiVersion: "v1",
				kind: "LimitRange",
				metadata: { name: "redis-limits", namespace: inNamespace },
				spec: { limits: [{ type: "Container", default: { memory: "64Mi" } }] },
			},
		},
	},
};
