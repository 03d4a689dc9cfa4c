import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type HostWithLogin, isGuarded, lookWithoutLogin } from "../../clients/ingress/look.ts";
import labWorld from "../../config/sites/lab.ts";
import { middlewareReference } from "../../constructs/kubernetes/middleware-chain.ts";
import { ClusterNetwork, type NetworkSettings, settingsFile } from "../cluster-network/network.ts";
import { freePort } from "../free-port.ts";
import { askApi } from "../kubernetes-api.ts";
import { type Lab, labFolder } from "../lab-state.ts";
import type { Verdict } from "../verdict.ts";
import { coreDnsReady, coredns, prepareCoreDns } from "./coredns.ts";
import type { Product, ProductWorld } from "./product.ts";
import { productFacts } from "./product-facts.ts";
import { installTraefik, prepareTraefik, traefikPorts } from "./traefik.ts";

const name = "traefik";

/** Folder of the network, below that of the product. */
const networkFolder = "network";

const answers = async (port: number, path: string) =>
	(await fetch(`http://127.0.0.1:${port}/${path}`, { signal: AbortSignal.timeout(1000) })).ok;

/** Traefik in front of the hosts, with CoreDNS for its names, in a network in which pods and Services answer. */
export const traefik: Product = {
	name,
	...productFacts.traefik,
	programs: [
		coredns,
		{
			names: [name],
			build: {
				module: name,
				package: "github.com/traefik/traefik/v3/cmd/traefik",
				stamps: (version) => ({
					"github.com/traefik/traefik/v3/pkg/version.Version": version.replace("v", ""),
				}),
				// Two of the modules behind its DNS providers cannot be had, and all of them are linked in.
				patched: { dependency: "github.com/go-acme/lego/v5", folder: "lego" },
			},
		},
	],
	commands: ["go", "unshare", "nsenter", "ip"],
	install: ({ api }) => installTraefik(api),
	start: async (world: ProductWorld) => {
		const { api, site, folder, programs } = world;
		const network = world.network ?? (await openNetwork(world));
		const hosts = await prepareTraefik({ folder, access: api, site }, network);
		const port = network.settings.doors.api?.outside ?? 0;
		await programs.ready(programs.run(hosts), () => answers(port, "ping"));
	},
	verify: async (lab) => {
		const looks = await lookWithoutLogin(await protectedHosts(lab), {
			address: "127.0.0.1",
			port: servedPort(),
		});
		const open = looks.filter((look) => !isGuarded(look));
		return [
			{
				claim: "every protected host asks for a login",
				problem: open.map(({ host, path, met, detail }) => `${host}${path}: ${met} (${detail})`).join(", "),
			},
		] satisfies readonly Verdict[];
	},
};

/** Opens a network that has names. */
async function openNetwork({ api, site, folder, programs }: ProductWorld): Promise<ClusterNetwork> {
	const ports = { websecure: await freePort(), dns: await freePort(), api: await freePort() };
	const { network, cluster } = site;
	const { domain, dns } = cluster;
	const opened = new ClusterNetwork(join(folder, networkFolder), dns.address, {
		access: api,
		networks: [network.pods, network.services],
		doors: {
			websecure: { outside: ports.websecure, inside: traefikPorts.websecure },
			dns: { outside: ports.dns, inside: coreDnsReady },
			api: { outside: ports.api, inside: traefikPorts.api },
		},
	});
	await programs.ready(programs.run(opened.program), async () => opened.isOpen);
	const names = await prepareCoreDns({ folder, access: api, address: dns.address, domain }, opened);
	await programs.ready(programs.run(names), () => answers(ports.dns, "ready"));
	return opened;
}

/** Port of loopback on which the hosts of a lab are served. */
function servedPort(): number {
	const folder = [join("nodes", networkFolder), join("products", name, networkFolder)]
		.map((one) => join(labFolder, one))
		.find(existsSync);
	const file = join(folder ?? labFolder, settingsFile);
	const { doors } = JSON.parse(readFileSync(file, "utf8")) as NetworkSettings;
	return doors.websecure?.outside ?? 0;
}

interface IngressItem {
	readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
	readonly spec: {
		readonly rules?: readonly {
			readonly host?: string;
			readonly http?: { readonly paths: readonly { readonly path?: string }[] };
		}[];
	};
}

/** Hosts of the cluster that name a login of the site. */
async function protectedHosts(lab: Lab): Promise<readonly HostWithLogin[]> {
	const { namespace, middlewares } = labWorld.cluster.ingress;
	const logins = middlewares.login.map((login) => middlewareReference(namespace, login));
	const { body } = await askApi(lab, "GET", "/apis/networking.k8s.io/v1/ingresses");
	const { items } = JSON.parse(body) as { readonly items: readonly IngressItem[] };
	return items
		.filter(({ metadata: { annotations = {} } }) => {
			const chain = annotations["traefik.ingress.kubernetes.io/router.middlewares"]?.split(",") ?? [];
			return logins.some((login) => chain.includes(login));
		})
		.flatMap(({ spec }) => spec.rules ?? [])
		.map(({ host = "", http }) => ({ host, paths: (http?.paths ?? []).map(({ path = "/" }) => path) }));
}
