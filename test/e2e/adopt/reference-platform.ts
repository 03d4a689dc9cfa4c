/**
 * A platform in the shape of the reference: its unversioned types, its names and namespaces, a module and a `for_each`, as
 * plain configuration of Terraform; and the same as stacks declare it. Source: the inventory of the reference's cluster.
 */

export type Blocks = Record<string, Record<string, object>>;

export const meta = (namespace: string, name: string, more: object = {}) => ({ namespace, name, ...more });
const labels = (app: string) => ({ app });

function podSpec(app: string, claims: readonly string[]) {
	return {
		container: [
			{
				name: app,
				image: "docker.io/library/nginx:1.29.3",
				...(claims.length > 0 && {
					volume_mount: claims.map((name) => ({ name, mount_path: `/srv/${name}` })),
				}),
			},
		],
		...(claims.length > 0 && {
			volume: claims.map((name) => ({ name, persistent_volume_claim: [{ claim_name: name }] })),
		}),
	};
}

export const workload = (app: string, claims: readonly string[] = []) => ({
	replicas: 1,
	selector: [{ match_labels: labels(app) }],
	template: [{ metadata: [{ labels: labels(app) }], spec: [podSpec(app, claims)] }],
});

export const claim = (namespace: string, name: string) => ({
	metadata: [meta(namespace, name)],
	wait_until_bound: false,
	spec: [
		{
			access_modes: ["ReadWriteOnce"],
			resources: [{ requests: { storage: "1Gi" } }],
			storage_class_name: "proxmox-lvm-encrypted",
		},
	],
});

export const service = (namespace: string, name: string, app: string, port: number) => ({
	metadata: [meta(namespace, name)],
	spec: [{ selector: labels(app), port: [{ name: "main", port, target_port: port }] }],
});

export const cronJob = (namespace: string, name: string) => ({
	metadata: [meta(namespace, name)],
	spec: [
		{
			schedule: "0 3 * * *",
			job_template: [
				{
					metadata: [{}],
					spec: [
						{
							template: [
								{
									metadata: [{}],
									spec: [
										{
											restart_policy: "Never",
											container: [{ name: "main", image: "docker.io/library/busybox:1.37.0" }],
										},
									],
								},
							],
						},
					],
				},
			],
		},
	],
});

/** What the older state holds of a Secret in the clear. */
export const clearText = "correct-horse-battery-4711";

export const mailClaims = [
	"mailserver-data-encrypted",
	"roundcubemail-enigma-encrypted",
	"roundcubemail-html-encrypted",
] as const;
export const mailFiles = {
	"mailserver-config": "main.cf",
	"mailserver-user-patches": "user-patches.sh",
	"roundcubemail-config": "custom.inc.php",
	"dovecot-config": "dovecot.cf",
} as const;

/** The root module of the older mail server, and of what it has beside that. */
export const oldMail: Blocks = {
	kubernetes_namespace: { mailserver: { metadata: [{ name: "mailserver", labels: { tier: "0-core" } }] } },
	kubernetes_config_map: {
		files: {
			for_each: mailFiles,
			metadata: [meta("mailserver", "${each.key}")],
			data: { "${each.value}": "# ${each.key}" },
			depends_on: ["kubernetes_namespace.mailserver"],
		},
	},
	kubernetes_secret: {
		opendkim: {
			metadata: [meta("mailserver", "mailserver-opendkim")],
			data: { "mail.private": clearText },
			depends_on: ["kubernetes_namespace.mailserver"],
		},
	},
	kubernetes_persistent_volume_claim: {
		mail: {
			for_each: `\${toset(${JSON.stringify(mailClaims)})}`,
			...claim("mailserver", "${each.value}"),
			depends_on: ["kubernetes_namespace.mailserver"],
		},
	},
	kubernetes_deployment: {
		mailserver: {
			metadata: [meta("mailserver", "mailserver")],
			wait_for_rollout: false,
			spec: [workload("mailserver", [mailClaims[0]])],
			depends_on: ["kubernetes_persistent_volume_claim.mail"],
		},
		roundcubemail: {
			metadata: [meta("mailserver", "roundcubemail")],
			wait_for_rollout: false,
			spec: [workload("roundcubemail", mailClaims.slice(1))],
			depends_on: ["kubernetes_persistent_volume_claim.mail"],
		},
	},
	kubernetes_service: {
		mailserver: {
			...service("mailserver", "mailserver", "mailserver", 25),
			depends_on: ["kubernetes_namespace.mailserver"],
		},
		roundcubemail: {
			...service("mailserver", "roundcubemail", "roundcubemail", 80),
			depends_on: ["kubernetes_namespace.mailserver"],
		},
	},
	kubernetes_service_account: {
		probe: {
			metadata: [meta("mailserver", "email-roundtrip-monitor")],
			depends_on: ["kubernetes_namespace.mailserver"],
		},
	},
	kubernetes_cron_job_v1: {
		backup: {
			...cronJob("mailserver", "mailserver-backup"),
			depends_on: ["kubernetes_namespace.mailserver"],
		},
	},
};

/** The older Redis, whose objects lie in a module. */
export const oldRedis: Blocks = {
	kubernetes_namespace: { redis: { metadata: [{ name: "redis" }] } },
	kubernetes_config_map: {
		config: {
			metadata: [meta("redis", "redis-config")],
			data: { "redis.conf": "maxmemory 512mb" },
			depends_on: ["kubernetes_namespace.redis"],
		},
		haproxy: {
			metadata: [meta("redis", "redis-haproxy")],
			data: { "haproxy.cfg": "global" },
			depends_on: ["kubernetes_namespace.redis"],
		},
	},
	kubernetes_stateful_set: {
		node: {
			metadata: [meta("redis", "redis-node")],
			wait_for_rollout: false,
			spec: [{ ...workload("redis-node"), service_name: "redis-headless" }],
			depends_on: ["kubernetes_namespace.redis"],
		},
	},
	kubernetes_deployment: {
		haproxy: {
			metadata: [meta("redis", "redis-haproxy")],
			wait_for_rollout: false,
			spec: [workload("redis-haproxy")],
			depends_on: ["kubernetes_namespace.redis"],
		},
	},
	kubernetes_service: {
		master: {
			...service("redis", "redis-master", "redis-haproxy", 6379),
			depends_on: ["kubernetes_namespace.redis"],
		},
		headless: {
			...service("redis", "redis-headless", "redis-node", 6379),
			depends_on: ["kubernetes_namespace.redis"],
		},
	},
	kubernetes_manifest: {
		// The unversioned type asks for an API that no server has any more.
		budget: {
			manifest: {
				apiVersion: "policy/v1",
				kind: "PodDisruptionBudget",
				metadata: { name: "redis-node", namespace: "redis" },
				spec: { maxUnavailable: 1, selector: { matchLabels: labels("redis-node") } },
			},
			depends_on: ["kubernetes_namespace.redis"],
		},
		limits: {
			manifest: {
				apiVersion: "v1",
				kind: "LimitRange",
				metadata: { name: "redis-limits", namespace: "redis" },
				spec: { limits: [{ type: "Container", default: { memory: "64Mi" } }] },
			},
			depends_on: ["kubernetes_namespace.redis"],
		},
	},
	// Of a tool that the stacks do not have.
	kubernetes_role: {
		dashboard: {
			metadata: [meta("redis", "dashboard")],
			rule: [{ api_groups: [""], resources: ["pods"], verbs: ["get"] }],
			depends_on: ["kubernetes_namespace.redis"],
		},
	},
};
