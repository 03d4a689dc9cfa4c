import { type Block, workload as declared, stackOf, worldOf } from "../../../policy/world.ts";
import { update, workload } from "../planned.ts";

export const deployment = "kubernetes_deployment_v1.web";
export const set = "kubernetes_stateful_set_v1.web";
export const pair = (spec: object, parts: Parameters<typeof workload>[1] = {}) =>
	[
		workload("web", { ...parts, image: "docker.io/library/web:1" }, spec),
		workload("web", { ...parts, image: "docker.io/library/web:2" }, spec),
	] as const;

export const settings = "kubernetes_config_map_v1.settings";
export const content = (level: string) => ({
	metadata: [{ name: "settings", namespace: "shop" }],
	data: { level },
});
export const inEnvironment: Block = [{ config_map_ref: [{ name: "settings" }] }];
export const volumes: Block = [{ name: "settings", config_map: [{ name: "settings" }] }];
export const mounted = (more: object = {}) => ({
	pod: { volume: volumes },
	container: { volume_mount: [{ name: "settings", mount_path: "/etc/web", ...more }] as Block },
});
/** A world in which one workload reads the settings. */
export const reading = (parts: Parameters<typeof declared>[0], type = "kubernetes_deployment_v1") =>
	worldOf(stackOf({ [type]: declared(parts) }));
export const edited = update(settings, content("info"), content("debug"));

export const release = (more: object) => ({
	chart: "traefik",
	version: "1.2.3",
	values: ["a: 1\n"],
	timeout: 300,
	...more,
});

export const passwordRead = worldOf(
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
