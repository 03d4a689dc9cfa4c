import type { Site } from "../../../../config/schema/site.ts";
import type { WriteFile } from "./cloud-config.ts";

/** Mirrors of containerd (containerd, docs/hosts.md): one folder per registry, named as in image names. */
export function registryHosts(
	{ host, caches, private: own }: Site["hypervisor"]["imageRegistry"],
	{ hosts }: Site["network"],
): readonly WriteFile[] {
	const address = hosts[host]?.address;
	const cached = Object.values(caches).map(({ registry, remote, port }) =>
		hostsFile(registry, remote, `http://${address}:${port}`, ['capabilities = ["pull", "resolve"]']),
	);
	const server = `https://${address}:${own.port}`;
	const direct = [`${address}:${own.port}`, own.name].map((registry) =>
		hostsFile(registry, server, server, [
			'capabilities = ["pull", "resolve", "push"]',
			// The connection goes to an address, and the certificate is for the name.
			"skip_verify = true",
		]),
	);
	return [...cached, ...direct];
}

/** The upstream in `server` is the fallback after the hosts. */
function hostsFile(registry: string, server: string, host: string, lines: readonly string[]): WriteFile {
	const content = [`server = "${server}"`, "", `[host."${host}"]`, ...lines];
	return { path: `/etc/containerd/certs.d/${registry}/hosts.toml`, content: `${content.join("\n")}\n` };
}
