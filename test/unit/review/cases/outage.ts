import { type Block, workload as declared, object, stackOf, worldOf } from "../../../policy/world.ts";
import { create, destroy, manifest, planned, replace, typed, update, workload } from "../planned.ts";
import type { ClassCases } from "./class-cases.ts";

const deployment = "kubernetes_deployment_v1.web";
const set = "kubernetes_stateful_set_v1.web";
const probe = { initial_delay_seconds: 10, period_seconds: 5, failure_threshold: 12 };
const pair = (spec: object, parts: Parameters<typeof workload>[1] = {}) =>
	[
		workload("web", { ...parts, image: "docker.io/library/web:1" }, spec),
		workload("web", { ...parts, image: "docker.io/library/web:2" }, spec),
	] as const;

export const podsRestart: ClassCases = {
	finds: {
		"a workload recreates its pods": {
			planned: planned({
				resource_changes: [
					update(deployment, ...pair({ strategy: [{ type: "Recreate" }] }, { probe, grace: 120 })),
				],
			}),
			findings: [
				"caution: all of its pods stop before new ones start (Recreate): up to 120 s to stop, up to 70 s to start",
			],
		},
		"a workload rolls over": {
			planned: planned({
				resource_changes: [
					update(deployment, ...pair({ replicas: "3" })),
					update(deployment, ...pair({})),
					update(
						deployment,
						...pair({ strategy: [{ rolling_update: [{ max_unavailable: "1", max_surge: "0" }] }] }),
					),
				],
			}),
			findings: [
				"caution: all of its pods may be down at once (maxUnavailable): up to 30 s to stop, no probe says how long to start",
				"notice: its 3 pods are exchanged, at most 0 down at once: connections to each end with it; up to 30 s to stop, no probe says how long to start",
				"notice: its only pod is exchanged: the old one stops once the new one is ready, and connections to it end; up to 30 s to stop, no probe says how long to start",
			],
		},
		"a stateful set restarts": {
			planned: planned({
				resource_changes: [
					update(set, ...pair({ replicas: "3" })),
					update(set, ...pair({ replicas: "3", update_strategy: [{ rolling_update: [{ partition: 2 }] }] })),
					update(set, ...pair({})),
					update(set, ...pair({ update_strategy: [{ type: "OnDelete" }] })),
				],
			}),
			findings: [
				"caution: its only pod stops before the new one starts: up to 30 s to stop, no probe says how long to start",
				"notice: 3 of its 3 pods restart, one after another: connections to each end with it; up to 30 s to stop, no probe says how long to start",
				"notice: 1 of its 3 pods restart, one after another: connections to each end with it; up to 30 s to stop, no probe says how long to start",
				"notice: its pods stay as they are until somebody deletes them (OnDelete)",
			],
		},
		"pods of a manifest restart on every node": {
			planned: planned({
				resource_changes: ["a", "b"].slice(1).map((image) =>
					update(
						"kubernetes_manifest.agent",
						manifest({
							kind: "DaemonSet",
							spec: { template: { spec: { containers: [{ name: "a", image: "a" }] } } },
						}),
						manifest({
							kind: "DaemonSet",
							spec: { template: { spec: { containers: [{ name: "a", image }] } } },
						}),
					),
				),
			}),
			findings: [
				"caution: on each node in turn its pod stops before the new one starts: up to 30 s to stop, no probe says how long to start",
			],
		},
		"more pods may be down than a drain could take": {
			planned: planned({
				after: worldOf(
					stackOf({
						kubernetes_deployment_v1: declared({ spec: { replicas: "4" } }),
						kubernetes_pod_disruption_budget_v1: object("web", {
							max_unavailable: "1",
							selector: { match_labels: { app: "web" } },
						}),
					}),
				),
				resource_changes: [
					update(deployment, ...pair({ replicas: "4", strategy: [{ type: "Recreate" }] })),
					update(deployment, ...pair({ replicas: "4" })),
				],
			}),
			findings: [
				"caution: all of its pods stop before new ones start (Recreate): up to 30 s to stop, no probe says how long to start; its budget web lets a drain take 1 of them, and holds back no rollout",
				"notice: its 4 pods are exchanged, at most 1 down at once: connections to each end with it; up to 30 s to stop, no probe says how long to start",
			],
		},
		"a rollout takes its time": {
			planned: planned({
				resource_changes: [
					update(set, ...pair({ replicas: "3", min_ready_seconds: 10 }, { probe })),
					update(
						deployment,
						...pair(
							{ replicas: "4", strategy: [{ rolling_update: [{ max_unavailable: "0", max_surge: "1" }] }] },
							{ probe },
						),
					),
				],
			}),
			findings: [
				"notice: 3 of its 3 pods restart, one after another: connections to each end with it; up to 30 s to stop, up to 70 s to start, then 10 s of being ready, up to 330 s in all",
				"notice: its 4 pods are exchanged, at most 0 down at once: connections to each end with it; up to 30 s to stop, up to 70 s to start, up to 400 s in all",
			],
		},
		"pods on each node are exchanged the other way round, or on many nodes at once": {
			planned: planned({
				resource_changes: [{ maxSurge: 1, maxUnavailable: 0 }, { maxUnavailable: "50%" }].map(
					(rollingUpdate) => {
						const agent = (image: string) =>
							manifest({
								kind: "DaemonSet",
								spec: {
									updateStrategy: { rollingUpdate },
									template: { spec: { containers: [{ name: "a", image }] } },
								},
							});
						return update("kubernetes_manifest.agent", agent("a"), agent("b"));
					},
				),
			}),
			findings: [
				"caution: on up to 50% nodes at once its pod stops before the new one starts: up to 30 s to stop, no probe says how long to start",
				"notice: on each node in turn a new pod starts before the old one stops: up to 30 s to stop, no probe says how long to start",
			],
		},
		"a workload is scaled down, replaced, and deleted": {
			planned: planned({
				resource_changes: [
					update(deployment, workload("web", {}, { replicas: "3" }), workload("web", {}, { replicas: "1" })),
					update(deployment, workload("web", {}), workload("web", {}, { replicas: "0" })),
					replace(deployment, ...pair({})),
					destroy(deployment, workload("web", {})),
				],
			}),
			findings: [
				"caution: its last pods stop: it is scaled to none",
				"caution: all of its pods stop, then new ones start: up to 30 s to stop, no probe says how long to start",
				"caution: its pods stop, and nothing starts them again",
				"notice: 2 of its 3 pods stop",
			],
		},
	},
	passes: {
		"labels of the workload change, and those of its pods do not": planned({
			resource_changes: [
				update(deployment, workload("web", {}), {
					...workload("web", {}),
					metadata: [{ name: "web", namespace: "shop", labels: { a: "b" } }],
				}),
			],
		}),
		"a workload without pods changes": planned({
			resource_changes: [update(deployment, ...pair({ replicas: "0" }))],
		}),
		"a workload is new, or grows": planned({
			resource_changes: [
				create(deployment, workload("web", {})),
				update(deployment, workload("web", {}), workload("web", {}, { replicas: "3" })),
			],
		}),
		"a job of the night changes": planned({
			resource_changes: [
				update(
					"kubernetes_cron_job_v1.a",
					typed("a", { job_template: [{ spec: [workload("a", {}).spec] }] }),
					typed("a", { job_template: [{ spec: [workload("a", { image: "b" }).spec] }] }),
				),
			],
		}),
	},
};

const machine = "proxmox_virtual_environment_vm.node";

const settings = "kubernetes_config_map_v1.settings";
const content = (level: string) => ({ metadata: [{ name: "settings", namespace: "shop" }], data: { level } });
const inEnvironment: Block = [{ config_map_ref: [{ name: "settings" }] }];
const volumes: Block = [{ name: "settings", config_map: [{ name: "settings" }] }];
const mounted = (more: object = {}) => ({
	pod: { volume: volumes },
	container: { volume_mount: [{ name: "settings", mount_path: "/etc/web", ...more }] as Block },
});
/** A world in which one workload reads the settings. */
const reading = (parts: Parameters<typeof declared>[0], type = "kubernetes_deployment_v1") =>
	worldOf(stackOf({ [type]: declared(parts) }));
const edited = update(settings, content("info"), content("debug"));

export const configReadLater: ClassCases = {
	finds: {
		"pods have it in their environment": {
			planned: planned({
				after: reading({ container: { env_from: inEnvironment } }),
				resource_changes: [edited],
			}),
			findings: [
				"caution: deployment web has read it at its start, and keeps what it read: nothing restarts it",
			],
		},
		"pods mount it": {
			planned: planned({ after: reading(mounted()), resource_changes: [edited] }),
			findings: [
				"caution: the files of deployment web change within about a minute, and take effect once it reads them again: nothing restarts it",
			],
		},
		"pods mount one file of it, which never changes": {
			planned: planned({ after: reading(mounted({ sub_path: "web.conf" })), resource_changes: [edited] }),
			findings: [
				"caution: deployment web has read it at its start, and keeps what it read: nothing restarts it",
			],
		},
		"Reloader restarts its only pod, which is out for a while": {
			planned: planned({
				after: reading({
					...mounted(),
					metadata: { annotations: { "reloader.stakater.com/auto": "true" } },
					spec: { strategy: [{ type: "Recreate" }] },
				}),
				resource_changes: [edited],
			}),
			findings: [
				"caution: Reloader restarts deployment web once it is applied: all of its pods stop before new ones start (Recreate): up to 30 s to stop, no probe says how long to start",
			],
		},
	},
	passes: {
		"its checksum on the pods changes with it": planned({
			after: reading(mounted()),
			resource_changes: [edited, update(deployment, ...pair({}))],
		}),
		"only its labels change": planned({
			after: reading(mounted()),
			resource_changes: [
				update(settings, content("info"), {
					...content("info"),
					metadata: [{ name: "settings", namespace: "shop", labels: { a: "b" } }],
				}),
			],
		}),
		"it is new": planned({
			after: reading(mounted()),
			resource_changes: [create(settings, content("info"))],
		}),
		"a job reads it at its next run": planned({
			after: reading(mounted(), "kubernetes_job_v1"),
			resource_changes: [edited],
		}),
		"pods of another namespace read one of the same name": planned({
			after: reading({ ...mounted(), metadata: { namespace: "other" } }),
			resource_changes: [edited],
		}),
	},
};

const nodes = worldOf(
	stackOf({
		kubernetes_deployment_v1: declared({ spec: { replicas: "1" } }),
		kubernetes_stateful_set_v1: {
			...declared({ spec: { replicas: "2" } }),
			metadata: { name: "db", namespace: "shop" },
		},
		kubernetes_pod_disruption_budget_v1: object("db", {
			min_available: "3",
			selector: { match_labels: { app: "web" } },
		}),
	}),
);

const middleware = (name: string) =>
	manifest({ kind: "Middleware", apiVersion: "traefik.io/v1alpha1", metadata: { name, namespace: "shop" } });
const external = (store: string, key: string) =>
	worldOf(
		{},
		stackOf({
			kubernetes_manifest: {
				manifest: {
					kind: "ExternalSecret",
					apiVersion: "external-secrets.io/v1",
					metadata: { name: "login", namespace: "other" },
					spec: { secretStoreRef: { name: store }, data: [{ remoteRef: { key } }] },
				},
			},
		}),
	);
const behind = worldOf(
	{},
	stackOf({
		kubernetes_ingress_v1: {
			metadata: {
				name: "web",
				namespace: "other",
				annotations: {
					"traefik.ingress.kubernetes.io/router.middlewares":
						"traefik-retry@kubernetescrd,shop-strip@kubernetescrd",
				},
			},
			spec: {},
		},
	}),
);
const { kvMount, secretStore, databaseStore } = behind.site.vault;
const entry = (name: string) => ({ mount: kvMount, name });
const databaseRole = (name: string) => ({ backend: "database", name });

export const stillReferredTo: ClassCases = {
	finds: {
		"a middleware gets another name, and the Ingress of another stack has the old one": {
			planned: planned({
				after: behind,
				resource_changes: [
					replace("kubernetes_manifest.strip", middleware("strip"), middleware("strip-prefix")),
				],
			}),
			findings: ["caution: goes, and is still named by second/it"],
		},
		"an entry of Vault gets another name, and an ExternalSecret elsewhere reads it": {
			planned: planned({
				after: external(secretStore, "shop/login"),
				resource_changes: [
					replace("vault_kv_secret_v2.login", entry("shop/login"), entry("shop/credentials")),
				],
			}),
			findings: ["caution: goes, and is still named by second/it"],
		},
		"a static role goes, and an ExternalSecret elsewhere reads its password": {
			planned: planned({
				after: external(databaseStore, "static-creds/pg-shop"),
				resource_changes: [
					destroy("vault_database_secret_backend_static_role.shop", databaseRole("pg-shop")),
				],
			}),
			findings: ["caution: goes, and is still named by second/it"],
		},
		"a ConfigMap gets another name, and pods mount the old one": {
			planned: planned({
				after: reading(mounted()),
				resource_changes: [
					replace(settings, content("info"), {
						...content("info"),
						metadata: [{ name: "settings-2", namespace: "shop" }],
					}),
				],
			}),
			findings: ["caution: goes, and is still named by first/it"],
		},
	},
	passes: {
		"a middleware is made anew by its name": planned({
			after: behind,
			resource_changes: [replace("kubernetes_manifest.strip", middleware("strip"), middleware("strip"))],
		}),
		"a middleware goes that nobody names": planned({
			after: behind,
			resource_changes: [destroy("kubernetes_manifest.strip", middleware("other"))],
		}),
		"an entry goes that the same name in the other store does not mean": planned({
			after: external(databaseStore, "shop/login"),
			resource_changes: [destroy("vault_kv_secret_v2.login", entry("shop/login"))],
		}),
		"an entry is made anew by its name": planned({
			after: external(secretStore, "shop/login"),
			resource_changes: [replace("vault_kv_secret_v2.login", entry("shop/login"), entry("shop/login"))],
		}),
	},
};

export const machineRestarts: ClassCases = {
	finds: {
		"the machine is a node of the cluster": {
			planned: planned({
				after: nodes,
				resource_changes: [
					update(machine, { name: "node-a", cpu: [{ cores: 2 }] }, { name: "node-a", cpu: [{ cores: 4 }] }),
				],
			}),
			findings: [
				"caution: the machine may restart at once, for cpu: it is node node-a, and its pods stop with it; with one pod each, which may be there: web; a drain never ends for the budgets db",
			],
		},
		"a machine gets another processor, and restarts by itself": {
			planned: planned({
				resource_changes: [
					update(machine, { cpu: [{ cores: 2 }] }, { cpu: [{ cores: 4 }], reboot_after_update: true }),
					update(
						machine,
						{ memory: [{ dedicated: 2 }] },
						{ memory: [{ dedicated: 4 }], reboot_after_update: false },
					),
					update(machine, { started: true }, { started: false }),
				],
			}),
			findings: [
				"caution: the machine may restart at once, for cpu",
				"caution: the machine is shut down",
				"notice: memory: in force after the machine's next restart",
			],
		},
	},
	passes: {
		"a machine gets another description": planned({
			resource_changes: [update(machine, { description: "a", tags: [] }, { description: "b", tags: ["c"] })],
		}),
		"a template, which never runs, gets more memory": planned({
			resource_changes: [
				update(
					machine,
					{ template: true, memory: [{ dedicated: 1 }] },
					{ template: true, memory: [{ dedicated: 2 }] },
				),
			],
		}),
	},
};

const release = (more: object) => ({
	chart: "traefik",
	version: "1.2.3",
	values: ["a: 1\n"],
	timeout: 300,
	...more,
});

export const releaseChanges: ClassCases = {
	finds: {
		"a release gets other values": {
			planned: planned({
				resource_changes: [
					update("helm_release.a", release({}), release({ values: ["a: 2\n"], timeout: 900 })),
				],
			}),
			findings: ["caution: objects of the release change with its values, and are not in the plan"],
		},
	},
	passes: {
		"Helm waits longer": planned({
			resource_changes: [update("helm_release.a", release({}), release({ timeout: 900, wait: true }))],
		}),
	},
};

const record = (more: object) => ({
	name: "mail.example.org",
	content: "192.0.2.1",
	ttl: 3600,
	comment: "a",
	...more,
});

export const nameResolvesElsewhere: ClassCases = {
	finds: {
		"a record gets another address": {
			planned: planned({
				resource_changes: [
					update("cloudflare_dns_record.a", record({}), record({ content: "192.0.2.2" })),
					update("cloudflare_dns_record.b", record({ ttl: 1 }), record({ ttl: 1, proxied: true })),
				],
			}),
			findings: [
				"caution: mail.example.org has another content; resolvers keep the old answer for up to 3600 s",
			],
		},
	},
	passes: {
		"a record gets another comment": planned({
			resource_changes: [update("cloudflare_dns_record.a", record({}), record({ comment: "b" }))],
		}),
		"a record is new": planned({ resource_changes: [create("cloudflare_dns_record.a", record({}))] }),
	},
};

const image = (name: string) => workload("web", { image: name });
const images = (before: string, after: string) => update(deployment, image(before), image(after));

export const versionChanges: ClassCases = {
	finds: {
		"images go up and down": {
			planned: planned({
				resource_changes: [
					images("registry.example.org:5000/web:1.9.1", "registry.example.org:5000/web:1.10.0"),
					images("web:7.2.5-alpine", "web:7.2.6-alpine"),
					images("web:v0.12.1", "web:v0.17.0"),
					images("web:15.1.0", "web:15.0.0"),
					images("web:1", "other/web:1"),
					images("web:main", "web:next"),
					images("web:1.2@sha256:aa", "web:1.2@sha256:bb"),
				],
			}),
			findings: [
				"caution: web goes from v0.12.1 to v0.17.0, a major step",
				"caution: web goes from 15.1.0 to 15.0.0, a downgrade: data that the newer one has written may be unreadable",
				"caution: container main runs another image: web:1, now other/web:1",
				"caution: web goes from main to next, versions that cannot be compared",
				"notice: registry.example.org:5000/web goes from 1.9.1 to 1.10.0, a minor step",
				"notice: web goes from 7.2.5-alpine to 7.2.6-alpine, a patch",
				"notice: web goes from web:1.2@sha256:aa to web:1.2@sha256:bb, the same version in another build",
			],
		},
		"a chart goes up": {
			planned: planned({
				resource_changes: [update("helm_release.a", release({}), release({ version: "2.0.0" }))],
			}),
			findings: ["caution: chart traefik goes from 1.2.3 to 2.0.0, a major step"],
		},
	},
	passes: {
		"an image stays, and a workload with another one is new": planned({
			resource_changes: [images("web:1", "web:1"), create(deployment, image("web:2"))],
		}),
	},
};

const redis = worldOf(
	{
		resource: {
			kubernetes_deployment_v1: {
				it: {
					metadata: { name: "web", namespace: "shop" },
					spec: {
						template: {
							metadata: { labels: { app: "web" } },
							spec: { container: [{ name: "a", env_from: [{ secret_ref: { name: "password" } }] }] },
						},
					},
				},
			},
			kubernetes_service_v1: {
				it: { metadata: { name: "front", namespace: "shop" }, spec: { selector: { app: "web" } } },
			},
		},
	},
	{},
);
const secret = (more: object) => ({
	metadata: [{ name: "password", namespace: "shop" }],
	type: "Opaque",
	...more,
});

export const secretRotates: ClassCases = {
	finds: {
		"a value that is in no plan is sent again": {
			planned: planned({
				after: redis,
				resource_changes: [
					update("kubernetes_secret_v1.a", secret({ data_wo_revision: 1 }), secret({ data_wo_revision: 2 })),
				],
			}),
			findings: ["caution: data_wo_revision gets a new value, read by web"],
		},
		"a sensitive argument changes": {
			planned: planned({
				resource_changes: [
					update(
						"kubernetes_secret_v1.a",
						secret({ data: { key: "before-the-change" } }),
						secret({ data: { key: "after-the-change" } }),
						{ before_sensitive: { data: true }, after_sensitive: { data: true } },
					),
				],
			}),
			findings: ["caution: data gets a new value"],
		},
		"a password is made again": {
			planned: planned({ resource_changes: [replace("random_password.a", { length: 20 }, { length: 30 })] }),
			findings: ["caution: makes a new value"],
		},
		"an ExternalSecret reads another entry": {
			planned: planned({
				resource_changes: ["b"].map((key) =>
					update(
						"kubernetes_manifest.a",
						manifest({ kind: "ExternalSecret", spec: { data: [{ remoteRef: { key: "a" } }] } }),
						manifest({ kind: "ExternalSecret", spec: { data: [{ remoteRef: { key } }] } }),
					),
				),
			}),
			findings: ["caution: the Secret is made of other entries of Vault"],
		},
	},
	passes: {
		"a Secret gets a label": planned({
			resource_changes: [
				update("kubernetes_secret_v1.a", secret({ data_wo_revision: 1 }), {
					...secret({ data_wo_revision: 1 }),
					metadata: [{ name: "password", namespace: "shop", labels: { a: "b" } }],
				}),
			],
		}),
		"an ExternalSecret looks more often": planned({
			resource_changes: [
				update(
					"kubernetes_manifest.a",
					manifest({ kind: "ExternalSecret", spec: { refreshInterval: "1h" } }),
					manifest({ kind: "ExternalSecret", spec: { refreshInterval: "5m" } }),
				),
			],
		}),
	},
};

const consumed = {
	...redis,
	stacks: redis.stacks.map((stack) => ({
		...stack,
		endpoints:
			stack.stack === "first"
				? { produced: { front: { host: "front.shop.svc.cluster.local", ports: { http: 80 } } }, consumed: [] }
				: { produced: {}, consumed: ["front"] },
	})),
};
const service = (port: number) => ({
	metadata: [{ name: "front", namespace: "shop" }],
	spec: [{ port: [{ port }] }],
});

/** A world whose first stack serves an endpoint at a port, by a chart, and whose second one uses some. */
const served = (port: number | undefined, used: readonly string[]) => {
	const world = worldOf({}, {});
	const front = { host: "front.shop.svc.cluster.local", ports: { http: port ?? 0 } };
	return {
		...world,
		stacks: world.stacks.map((stack) => ({
			...stack,
			endpoints:
				stack.stack === "first"
					? { produced: port === undefined ? {} : { front }, consumed: [] }
					: { produced: {}, consumed: used },
		})),
	};
};

export const blastRadius: ClassCases = {
	finds: {
		"a chart serves an endpoint at another port": {
			planned: planned({ before: served(80, ["front"]), after: served(81, ["front"]) }),
			findings: [
				"caution: front is served at front.shop.svc.cluster.local (http 81), and no more at front.shop.svc.cluster.local (http 80): it is used by second",
			],
		},
		"an endpoint goes that a stack uses until it is deployed": {
			planned: planned({ before: served(80, ["front"]), after: served(undefined, []) }),
			findings: [
				"caution: front is served no longer, and no more at front.shop.svc.cluster.local (http 80): it is used by second (until it is deployed)",
				"notice: front is no longer used by second",
			],
		},
		"pods restart that a stack uses until it is deployed": {
			planned: planned({
				before: consumed,
				after: { ...consumed, stacks: consumed.stacks.filter(({ stack }) => stack === "first") },
				resource_changes: [update(deployment, ...pair({ replicas: "3" }))],
			}),
			findings: [
				"caution: front is used by second (until it is deployed)",
				"notice: front is no longer used by second",
			],
		},
		"pods restart, and the Service in front of them changes": {
			planned: planned({
				after: consumed,
				resource_changes: [
					update(deployment, ...pair({ replicas: "3" })),
					update("kubernetes_service_v1.it", service(80), service(81)),
				],
			}),
			findings: ["caution: front is used by second", "caution: front is used by second"],
		},
	},
	passes: {
		"an endpoint that nobody else uses is served elsewhere": planned({
			before: served(80, []),
			after: served(81, []),
		}),
		"an endpoint is served where it was": planned({
			before: served(80, ["front"]),
			after: served(80, ["front"]),
		}),
		"nobody else uses it": planned({
			after: redis,
			resource_changes: [update(deployment, ...pair({ replicas: "3" }))],
		}),
		"pods of the same name restart in another namespace": planned({
			after: consumed,
			resource_changes: [
				replace(
					deployment,
					{ ...workload("web", {}), metadata: [{ name: "web", namespace: "other" }] },
					{ ...workload("web", {}), metadata: [{ name: "web", namespace: "other" }] },
				),
			],
		}),
	},
};
