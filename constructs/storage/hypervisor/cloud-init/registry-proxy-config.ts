import type { Site } from "../../../../config/schema/site.ts";

/**
 * nginx in front of the caches: when several nodes pull a layer at once, one request goes upstream and the others wait
 * for it. Layers are content-addressed and may be cached; manifests are not, because tags move.
 */
export function registryProxyConfig({ caches }: Site["hypervisor"]["imageRegistry"]): string {
	const servers = Object.entries(caches).map(
		([name, { port }]) => `
	server {
		listen ${port};
		client_max_body_size 0;
		proxy_http_version 1.1;
		proxy_set_header Host $http_host;
		proxy_read_timeout 900s;

		location ~ ^/v2/.+/blobs/sha256: {
			proxy_pass http://${name}:5000;
			proxy_cache blobs;
			proxy_cache_valid 200 24h;
			proxy_cache_min_uses 2;
			proxy_cache_lock on;
			proxy_cache_lock_age 5m;
			proxy_cache_lock_timeout 5m;
		}

		location / {
			proxy_pass http://${name}:5000;
		}
	}
`,
	);
	return `events {
	worker_connections 1024;
}

http {
	proxy_cache_path /var/cache/nginx/blobs levels=1:2 keys_zone=blobs:500m max_size=50g inactive=24h use_temp_path=off;
${servers.join("")}}
`;
}
