import { certificateCanBeProven } from "./certificate.ts";
import { mtaStsPolicyIsServed, publicHostsHaveAddresses } from "./dns-checks.ts";
import { exportOf } from "./exports.ts";
import { machinesFitTheNetwork, nodesShutDownInTime, registryStartsFirst } from "./hypervisor-checks.ts";
import { isInside, overlap } from "./ip-network.ts";
import {
	addressesLeadSomewhere,
	dovecotIsTheImages,
	mailDomainsAreWhole,
	mailFitsTheSite,
	probesArrive,
	relayIsAnother,
	signersAreRsa,
} from "./mail-checks.ts";
import { messagesFitTheMemory } from "./mail-memory.ts";
import { everybodyHasAListener, imagePortsAreFree, mailPortsAreApart } from "./mail-port-checks.ts";
import { messagesFitTheVolume, quotasFit } from "./mail-quota.ts";
import { externalHostsAreKept, powerUsersStayOut, tunnelHasAZone } from "./platform-checks.ts";
import type { Problem } from "./problem.ts";
import { risksAreAccepted } from "./risks.ts";
import type { Site } from "./site.ts";
import { tenantHostsAreApart } from "./tenant-hosts.ts";
import { administratorsGetIn, loginsAreApart, platformNamesAreReserved } from "./vault-checks.ts";
import {
	certifierHasAnAuthority,
	databaseUserIsRotated,
	identitiesAreApart,
	pipelinesAreApart,
} from "./woodpecker-checks.ts";

/** A check of values from more than one domain; it runs once the domains that it needs are well-formed. */
export interface CrossCheck<Domain extends keyof Site = keyof Site> {
	readonly needs: readonly Domain[];
	readonly problems: (site: Pick<Site, Domain>) => Iterable<Problem>;
}

function crossCheck<const Domain extends keyof Site>(
	needs: readonly Domain[],
	problems: CrossCheck<Domain>["problems"],
): CrossCheck {
	return { needs, problems } as CrossCheck;
}

/** A problem when `key` is not among the keys of `record`. */
function* mustExist(path: string, key: string, record: object, what: string): Iterable<Problem> {
	if (!Object.hasOwn(record, key))
		yield { path, message: `there is no ${what} "${key}"`, input: key, candidates: Object.keys(record) };
}

/** A problem for every value that occurred before. */
function* mustBeUnique(
	entries: Iterable<readonly [path: string, owner: string, value: string | number]>,
	what: string,
): Iterable<Problem> {
	const owners = new Map<string | number, string>();
	for (const [path, owner, value] of entries) {
		const other = owners.get(value);
		if (other !== undefined && other !== owner)
			yield { path, message: `${what} ${value} already belongs to ${other}` };
		else owners.set(value, owner);
	}
}

export const crossChecks: readonly CrossCheck[] = [
	crossCheck(["network"], function* networksDoNotOverlap({ network }) {
		const all = [
			...Object.entries(network.subnets).map(
				([name, { cidr }]) => [`network.subnets.${name}.cidr`, cidr] as const,
			),
			["network.pods", network.pods] as const,
			["network.services", network.services] as const,
		];
		for (const [index, [path, cidr]] of all.entries())
			for (const [otherPath, other] of all.slice(0, index))
				if (overlap(cidr, other)) yield { path, message: `${cidr} overlaps ${other} of ${otherPath}` };
	}),

	crossCheck(["network", "dns"], tenantHostsAreApart),

	crossCheck(["cluster", "dns"], certificateCanBeProven),

	crossCheck(["network"], function* addressesLieInTheirSubnet({ network: { subnets, hosts } }) {
		for (const [name, { cidr, gateway }] of Object.entries(subnets))
			if (gateway !== undefined && !isInside(gateway, cidr))
				yield { path: `network.subnets.${name}.gateway`, message: `${gateway} lies outside ${cidr}` };
		for (const [name, { address, subnet }] of Object.entries(hosts)) {
			yield* mustExist(`network.hosts.${name}.subnet`, subnet, subnets, "subnet");
			const cidr = subnets[subnet]?.cidr;
			if (cidr !== undefined && !isInside(address, cidr))
				yield {
					path: `network.hosts.${name}.address`,
					message: `${address} lies outside ${cidr} of subnet ${subnet}`,
				};
		}
		yield* mustBeUnique(
			Object.entries(hosts).map(([name, { address }]) => [`network.hosts.${name}.address`, name, address]),
			"address",
		);
	}),

	crossCheck(["network", "cluster"], function* clusterFitsTheNetwork({ network, cluster }) {
		for (const [name, { host }] of Object.entries(cluster.nodes))
			yield* mustExist(`cluster.nodes.${name}.host`, host, network.hosts, "host in network.hosts");
		if (!isInside(cluster.dns.address, network.services))
			yield {
				path: "cluster.dns.address",
				message: `${cluster.dns.address} lies outside ${network.services} of network.services`,
			};
	}),

	crossCheck(["cluster"], ({ cluster }) =>
		mustBeUnique(
			Object.entries(cluster.nodePorts).map(([name, port]) => [`cluster.nodePorts.${name}`, name, port]),
			"node port",
		),
	),

	crossCheck(["network", "storage"], function* storageHostsExist({ network, storage: { nfs, block } }) {
		yield* mustExist("storage.nfs.server", nfs.server, network.hosts, "host in network.hosts");
		yield* mustExist(
			"storage.block.proxmox.host",
			block.proxmox.host,
			network.hosts,
			"host in network.hosts",
		);
	}),

	crossCheck(["storage"], function* everyStorageClassHasAName({ storage }) {
		const names = [
			["storage.block.plainClass", storage.block.plainClass],
			["storage.block.encryptedClass", storage.block.encryptedClass],
			["storage.nfs.className", storage.nfs.className],
			["storage.nfs.dynamicClass", storage.nfs.dynamicClass],
			["storage.localPath.className", storage.localPath.className],
		] as const;
		yield* mustBeUnique(
			names.map(([path, name]) => [path, path, name]),
			"class",
		);
		const classes = Object.fromEntries(names.map(([, name]) => [name, true]));
		yield* mustExist("storage.defaultClass", storage.defaultClass, classes, "storage class");
	}),

	crossCheck(["network", "cluster", "storage", "backup"], function* backupsLeaveTheHost(site) {
		const { network, cluster, storage, backup } = site;
		const what = "host in network.hosts";
		yield* mustExist("backup.offsite.host", backup.offsite.host, network.hosts, what);
		yield* mustExist("backup.metricsHost", backup.metricsHost, network.hosts, what);
		if (backup.offsite.host === storage.nfs.server)
			yield {
				path: "backup.offsite.host",
				message: `${backup.offsite.host} is storage.nfs.server: a copy there is lost with what it saves`,
			};
		if (cluster.nodePorts.pushgateway === undefined)
			yield {
				path: "cluster.nodePorts.pushgateway",
				message: "missing: the storage host pushes the metrics of its backups to it",
			};
		for (const name of Object.keys(backup.appliances))
			yield* mustExist(`backup.appliances.${name}`, name, network.hosts, what);
	}),

	crossCheck(["storage"], ({ storage }) =>
		mustBeUnique(
			storage.exports.map(({ path }, index) => [
				`storage.exports.${index}.path`,
				path,
				path.slice(path.lastIndexOf("/") + 1),
			]),
			"offsite directory",
		),
	),

	crossCheck(["network", "storage"], function* exportsNameTheirClients({ network, storage }) {
		const { subnets, hosts } = network;
		for (const [index, { clients }] of storage.exports.entries())
			for (const [position, client] of clients.entries()) {
				const path = `storage.exports.${index}.clients.${position}`;
				if (client === "any") continue;
				yield* mustExist(path, client, { ...subnets, ...hosts }, "subnet or host");
				if (Object.hasOwn(subnets, client) && Object.hasOwn(hosts, client))
					yield { path, message: `${client} is a subnet and a host: give one of them another name` };
			}
	}),

	crossCheck(["network", "cluster", "storage"], function* everyNodeMayMountTheVolumes(site) {
		const { network, cluster, storage } = site;
		const { root } = storage.nfs;
		const entry = exportOf(storage.exports, root);
		if (entry === undefined) {
			const exported = storage.exports.map(({ path }) => path).join(", ");
			yield { path: "storage.nfs.root", message: `${root} lies below no export; exported: ${exported}` };
			return;
		}
		const shutOut = Object.entries(cluster.nodes).filter(([, { host }]) => {
			const at = network.hosts[host];
			const admits = (client: string) => {
				const cidr = network.subnets[client]?.cidr;
				return ["any", host, at?.subnet].includes(client) || (at && cidr && isInside(at.address, cidr));
			};
			return at !== undefined && !entry.clients.some(admits);
		});
		if (shutOut.length > 0)
			yield {
				path: `storage.exports.${storage.exports.indexOf(entry)}.clients`,
				message: `no client covers node ${shutOut.map(([name]) => name).join(", ")}: pods there could not mount ${root}`,
			};
	}),

	crossCheck(["monitoring", "endpoints"], function* monitoringIsReachable({ monitoring, endpoints }) {
		yield* mustExist("monitoring.prometheus", monitoring.prometheus, endpoints, "endpoint");
		yield* mustExist("monitoring.pushgateway", monitoring.pushgateway, endpoints, "endpoint");
	}),

	crossCheck(["endpoints"], ({ endpoints }) =>
		mustBeUnique(
			Object.entries(endpoints).flatMap(([name, { host, ports }]) =>
				Object.values(ports).map((port) => [`endpoints.${name}.host`, name, `${host}:${port}`] as const),
			),
			"host name",
		),
	),

	crossCheck(["cluster", "redis"], function* everyDataNodeHasANodeOfItsOwn({ cluster, redis }) {
		const nodes = Object.values(cluster.nodes).filter(({ controlPlane }) => !controlPlane).length;
		if (nodes < redis.nodes)
			yield {
				path: "redis.nodes",
				message: `expected at most ${nodes}, the number of workers in cluster.nodes: two data nodes never share one`,
			};
	}),

	crossCheck(["cluster", "state", "storage", "vault", "acceptedRisks"], risksAreAccepted),
	crossCheck(["network", "dns", "virtualHosts"], publicHostsHaveAddresses),
	crossCheck(["virtualHosts", "mail"], mtaStsPolicyIsServed),
	crossCheck(["network", "hypervisor"], machinesFitTheNetwork),
	crossCheck(["network", "cluster", "hypervisor"], registryStartsFirst),
	crossCheck(["cluster", "hypervisor"], nodesShutDownInTime),

	crossCheck(["vault"], loginsAreApart),
	crossCheck(["vault"], administratorsGetIn),
	crossCheck(["vault"], platformNamesAreReserved),
	crossCheck(["vault", "woodpecker"], pipelinesAreApart),
	crossCheck(["vault", "woodpecker"], identitiesAreApart),
	crossCheck(["cluster", "woodpecker"], certifierHasAnAuthority),
	crossCheck(["vault", "woodpecker"], databaseUserIsRotated),
	crossCheck(["platform", "vault", "cluster"], powerUsersStayOut),
	crossCheck(["platform", "dns"], tunnelHasAZone),
	crossCheck(["platform", "virtualHosts"], externalHostsAreKept),
	crossCheck(["cluster", "mail"], mailPortsAreApart),
	crossCheck(["mail"], imagePortsAreFree),
	crossCheck(["mail"], everybodyHasAListener),
	crossCheck(["network", "mail"], addressesLeadSomewhere),
	crossCheck(["network", "dns", "mail"], mailDomainsAreWhole),
	crossCheck(["mail"], dovecotIsTheImages),
	crossCheck(["mail"], messagesFitTheMemory),
	crossCheck(["mail"], messagesFitTheVolume),
	crossCheck(["mail"], quotasFit),
	crossCheck(["network", "mail"], probesArrive),
	crossCheck(["network", "mail"], relayIsAnother),
	crossCheck(["network", "mail"], signersAreRsa),
	crossCheck(["network", "cluster", "virtualHosts", "mail"], mailFitsTheSite),
];
