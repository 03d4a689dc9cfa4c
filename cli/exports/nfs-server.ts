import type { SshServer } from "../../clients/host/ssh-target.ts";
import type { Site } from "../../config/schema/site.ts";

/** The machine whose exports the site states. */
export function nfsServer({ network, storage }: Pick<Site, "network" | "storage">): SshServer {
	const { server, ssh } = storage.nfs;
	return {
		name: server,
		address: network.hosts[server]?.address ?? server,
		setting: "storage.nfs.ssh",
		login: ssh,
	};
}
