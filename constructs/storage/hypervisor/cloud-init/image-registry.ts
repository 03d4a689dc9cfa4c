import { stringify } from "yaml";
import type { Site } from "../../../../config/schema/site.ts";
import { type CloudConfig, dockerSource, extend, fileAt, type WriteFile } from "./cloud-config.ts";
import { plainMachine } from "./plain-machine.ts";
import { registryProxyConfig } from "./registry-proxy-config.ts";

type ImageRegistry = Site["hypervisor"]["imageRegistry"];

/** Root folder of the registry; the operator fills its `secrets` (docs/runbooks/hypervisor.md). */
const root = "/opt/registry";
const unitFolder = "/etc/systemd/system";

/**
 * The machine that serves images to the cluster (docs/reference/storage.md#machines). The caches start at the first
 * boot. The private registry starts once the operator has installed its certificate and accounts: they must not be in
 * the snippet, which everyone with access to the datastore can read.
 */
export function imageRegistryConfig({ hypervisor: { imageRegistry } }: Site): CloudConfig {
	return extend(plainMachine, {
		apt: { sources: { "docker.list": dockerSource } },
		// apache2-utils brings htpasswd.
		packages: ["apache2-utils", "containerd.io", "docker-ce", "docker-ce-cli", "docker-compose-plugin"],
		write_files: [
			compose("caches", cacheServices(imageRegistry)),
			{ path: `${root}/caches/nginx.conf`, content: registryProxyConfig(imageRegistry) },
			compose("private", privateServices(imageRegistry)),
			...[
				"image-caches.service",
				"private-registry.service",
				"private-registry.path",
				"private-registry-garbage.service",
				"private-registry-garbage.timer",
			].map((unit) => fileAt(`${unitFolder}/${unit}`, unit)),
		],
		runcmd: [
			["install", "--directory", "--mode=0700", `${root}/secrets`],
			["systemctl", "daemon-reload"],
			["systemctl", "enable", "--now", "image-caches.service"],
			["systemctl", "enable", "private-registry.service"],
			["systemctl", "enable", "--now", "private-registry.path", "private-registry-garbage.timer"],
		],
	});
}

function compose(project: string, services: object): WriteFile {
	return { path: `${root}/${project}/compose.yaml`, content: stringify({ name: project, services }) };
}

/**
 * The metrics port of a cache is its port plus one. A login at the public registry is optional and raises the rate
 * limit.
 */
function cacheServices({ images, caches }: ImageRegistry): object {
	const proxies = Object.entries(caches).map(([name, { remote, port }]) => [
		name,
		{
			image: images.registry,
			restart: "always",
			environment: {
				REGISTRY_PROXY_REMOTEURL: remote,
				REGISTRY_HTTP_DEBUG_ADDR: `:${port + 1}`,
				REGISTRY_HTTP_DEBUG_PROMETHEUS_ENABLED: "true",
			},
			env_file: [{ path: `${root}/secrets/${name}.env`, required: false }],
			volumes: [`${root}/data/${name}:/var/lib/registry`],
			ports: [`${port + 1}:${port + 1}`],
		},
	]);
	const nginx = {
		image: images.nginx,
		restart: "always",
		depends_on: Object.keys(caches),
		volumes: [`${root}/caches/nginx.conf:/etc/nginx/nginx.conf:ro`, `${root}/data/nginx:/var/cache/nginx`],
		ports: Object.values(caches).map(({ port }) => `${port}:${port}`),
	};
	return { ...Object.fromEntries(proxies), nginx };
}

function privateServices({ images, private: own, uiPort }: ImageRegistry): object {
	return {
		registry: {
			image: images.registry,
			restart: "always",
			environment: {
				REGISTRY_HTTP_TLS_CERTIFICATE: "/secrets/tls.crt",
				REGISTRY_HTTP_TLS_KEY: "/secrets/tls.key",
				REGISTRY_AUTH: "htpasswd",
				REGISTRY_AUTH_HTPASSWD_REALM: "Registry Realm",
				REGISTRY_AUTH_HTPASSWD_PATH: "/secrets/htpasswd",
				REGISTRY_STORAGE_DELETE_ENABLED: "true",
			},
			volumes: [`${root}/data/private:/var/lib/registry`, `${root}/secrets:/secrets:ro`],
			ports: [`${own.port}:5000`],
		},
		ui: {
			image: images.ui,
			restart: "always",
			environment: { SINGLE_REGISTRY: "true", NGINX_PROXY_PASS_URL: "https://registry:5000" },
			ports: [`${uiPort}:80`],
		},
	};
}
