import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { projectRoot } from "../config/project-root.ts";
import type { SiteInput } from "../config/schema/site.ts";
import lab from "../config/sites/lab.ts";
import { labZone } from "../config/sites/lab-zone.ts";
import type { ControlPlaneFiles } from "./control-plane.ts";
import { type LabDatabase, type LabDns, labFolder } from "./lab-state.ts";
import type { LabOwner } from "./owner.ts";
import { superuser } from "./postgres-server.ts";
import { spelled } from "./spelled.ts";

/** Replaces a chart that the lab cannot download by one of this repository: the same release, an idle workload. */
const standIn = (name: string) => ({ chart: `./lab/charts/${name}`, version: "1.0.0" });

/** Path of a folder of the lab, as the site states it. */
const inLab = (name: string) => relative(projectRoot, join(labFolder, name));

const loopback = "127.0.0.1";

/** Database for the states of tier 1, and its owner. */
const stateDatabase = "terraform_state";

/** Database users; each has a database of the same name, and a password that Vault sets. */
export const databaseUsers = [lab.woodpecker.database.user, stateDatabase];

/** Parts of a lab. */
export interface LabParts {
	/** Name of the site, unique to this lab, so that its states are told apart from those of others. */
	readonly name: string;
	readonly files: ControlPlaneFiles;
	readonly vaultAddress: string;
	readonly database: LabDatabase;
	readonly dns: LabDns | undefined;
	/** Of a bare lab. */
	readonly owner: LabOwner | undefined;
	/** PEM public half of the key that signs its mail. */
	readonly mailSigner: string;
	/** What pods on nodes that run containers see as the sender of what comes by a port of a node, in CIDR notation. */
	readonly portSources: readonly string[];
}

/**
 * The site `lab` with the addresses of this lab, a database server, and a zone if there is one. It differs from others
 * in these points: no machine is made, since there is no hypervisor; drivers are stand-ins; the servers of Vault and of
 * the databases run outside the cluster; the key that signs mail is its own; nodes
 * that run containers have their own addresses.
 */
export function labSite({
	name,
	files,
	vaultAddress,
	database: { port },
	dns,
	owner,
	mailSigner,
	portSources,
}: LabParts): SiteInput {
	const { woodpecker, mail } = lab;
	return {
		...lab,
		name,
		cluster: {
			...lab.cluster,
			kubeconfig: spelled(files.kubeconfig),
			nodePortSources: [...lab.cluster.nodePortSources, ...portSources],
		},
		...(dns === undefined ? {} : withZone(dns)),
		mail: { ...mail, dns: { ...mail.dns, dkim: { [mail.dkimSelector]: { publicKey: mailSigner } } } },
		hypervisor: {
			...lab.hypervisor,
			images: {},
			templates: {},
			machines: Object.fromEntries(
				Object.entries(lab.hypervisor.machines).map(([name, { managed: _, ...machine }]) => [name, machine]),
			),
		},
		storage: {
			...lab.storage,
			charts: {
				proxmoxCsi: standIn("stand-in"),
				nfsCsi: standIn("csi-driver-nfs"),
				autoresizer: standIn("stand-in"),
			},
		},
		woodpecker: {
			...woodpecker,
			chart: standIn("stand-in"),
			database: { ...woodpecker.database, password: { kind: "rotated" } },
		},
		vault: {
			...lab.vault,
			address: vaultAddress,
			...(owner === undefined ? {} : { identity: signedBy(owner) }),
			server: {
				kind: "external",
				kubernetesHost: files.host,
				kubernetesCa: readFileSync(files.caFile, "utf8"),
			},
			databases: {
				postgresql: {
					host: loopback,
					port,
					superuser,
					password: { path: "vault", key: "database_password", version: 1 },
					users: databaseUsers,
				},
			},
		},
		state: {
			tier0: {
				directory: inLab("state"),
				...(owner === undefined
					? { kind: "local" }
					: { kind: "encrypted", recipients: [owner.recipient], secrets: inLab("secrets") }),
			},
			tier1: {
				kind: "postgres",
				host: loopback,
				port,
				database: stateDatabase,
				user: stateDatabase,
				sslMode: "disable",
			},
		},
	};
}

/** The identity provider of a bare lab. */
function signedBy({ identity: { publicKey } }: LabOwner): SiteInput["vault"]["identity"] {
	const { adminGroup, groups, lifetime } = lab.vault.identity;
	return { kind: "keys", publicKeys: [publicKey], audiences: ["vault"], adminGroup, groups, lifetime };
}

/** Gives the hosts of the lab DNS records: addresses, the mail server's among them, and aliases of a tunnel. */
function withZone({ url }: LabDns): Partial<SiteInput> {
	const { network, virtualHosts, platform, mail } = lab;
	return {
		network: { ...network, public: labZone.public },
		dns: { ...labZone.dns, baseUrl: url },
		mail: { ...mail, edge: { ...mail.edge, ...labZone.edge } },
		virtualHosts: Object.fromEntries(
			Object.entries(virtualHosts).map(([name, host]) => [
				name,
				{ ...host, records: name === lab.mail.host ? "non-proxied" : "proxied" },
			]),
		),
		platform: {
			...platform,
			tunnel: {
				image: "docker.io/cloudflare/cloudflared:2025.8.1",
				replicas: 2,
				origin: network.hosts.edge?.address ?? "",
				token: { path: "platform", key: "cloudflare_tunnel_token", version: 1 },
			},
		},
	};
}
