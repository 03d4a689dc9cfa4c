import type { Site } from "../../config/schema/site.ts";
import type { SshServer } from "../machine/ssh-target.ts";

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
