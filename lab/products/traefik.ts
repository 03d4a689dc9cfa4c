import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseAllDocuments } from "yaml";
import { projectRoot } from "../../config/project-root.ts";
import type { Site } from "../../config/schema/site.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { clusterAccount, type PolicyRule } from "../cluster-account.ts";
import type { ClusterNetwork } from "../cluster-network/network.ts";
import type { LabProgram } from "../control-plane.ts";
import { definitionsPath } from "../foreign-kinds.ts";
import { askApi, ensure } from "../kubernetes-api.ts";
import type { Lab } from "../lab-state.ts";
import type { Definition } from "./product-files.ts";
import { middlewareObjects } from "./traefik-middlewares.ts";

export interface TraefikProps {
	/** Where its files are written. */
	readonly folder: string;
	readonly access: Pick<Lab, "host" | "token" | "caFile">;
	readonly site: Pick<Site, "cluster" | "network">;
}

/** Ports of loopback inside the network. Pods have the usual ones. */
export const traefikPorts = { web: 65_080, websecure: 65_443, api: 65_090 } as const;

export const traefikModule = "github.com/traefik/traefik/v3";

type TraefikObject = Definition & { readonly rules?: readonly PolicyRule[] };

/** Kinds and rights, from the files of the product's own module. */
function productFiles(): readonly TraefikObject[] {
	const module = execFileSync("go", ["list", "-m", "-f", "{{.Dir}}", traefikModule], {
		cwd: join(projectRoot, "tools/traefik"),
		encoding: "utf8",
	}).trim();
	const folder = join(module, "docs/content/reference/dynamic-configuration");
	return ["kubernetes-crd-definition-v1.yml", "kubernetes-crd-rbac.yml"].flatMap((file) =>
		parseAllDocuments(readFileSync(join(folder, file), "utf8"))
			.map((document) => document.toJS() as TraefikObject | null)
			.filter((object) => object !== null),
	);
}

/** Its kinds. */
export const traefikDefinitions = (): readonly Definition[] =>
	productFiles().filter(({ kind }) => kind === "CustomResourceDefinition");

/** Its kinds take the place of those that only store what they are given. */
async function define(access: TraefikProps["access"], definition: Definition): Promise<void> {
	const path = `${definitionsPath}/${definition.metadata.name}`;
	const { status, body } = await askApi(access, "GET", path);
	if (status === 404) return ensure(access, definitionsPath, definition);
	const { resourceVersion } = JSON.parse(body).metadata;
	const metadata = { ...definition.metadata, resourceVersion };
	const answer = await askApi(access, "PUT", path, { ...definition, metadata });
	if (answer.status !== 200) throw new VisibleError(`${path}: ${answer.status} ${answer.body}`);
}

/** Makes its kinds. Returns once they are served. */
export async function installTraefik(access: TraefikProps["access"]): Promise<void> {
	for (const definition of traefikDefinitions()) await define(access, definition);
	const deadline = performance.now() + 30_000;
	while ((await askApi(access, "GET", "/apis/traefik.io/v1alpha1/middlewares")).status !== 200) {
		if (performance.now() > deadline)
			throw new VisibleError("the kinds of Traefik are not served after 30 s");
		await sleep(100);
	}
}

/** What the program is told when it starts: the options that this project wants of an ingress controller. */
export function staticConfiguration({ access, site }: TraefikProps, token: string): object {
	const api = { endpoint: access.host, token, certAuthFilePath: access.caFile };
	const on = (port: number) => `127.0.0.1:${port}`;
	return {
		global: { checkNewVersion: false, sendAnonymousUsage: false },
		log: { level: "INFO" },
		api: { insecure: true },
		ping: {},
		entryPoints: {
			traefik: { address: on(traefikPorts.api) },
			web: {
				address: on(traefikPorts.web),
				http: { redirections: { entryPoint: { to: ":443", scheme: "https" } } },
			},
			websecure: {
				address: on(traefikPorts.websecure),
				// A header with an underscore is the same variable as one with a dash to PHP, WSGI and CGI.
				http: { tls: {}, aliasHeadersStrategy: "delete" },
			},
		},
		providers: {
			kubernetesCRD: { ...api, allowCrossNamespace: true },
			kubernetesIngress: { ...api, ingressClass: site.cluster.ingress.className },
		},
	};
}

/**
 * Traefik in the network of a cluster, with the kinds and rights of its release, the site's ingress class, and the
 * middlewares that the site names.
 *
 * @returns how it is started
 */
export async function prepareTraefik(props: TraefikProps, network: ClusterNetwork): Promise<LabProgram> {
	const { folder, access, site } = props;
	const { namespace, className } = site.cluster.ingress;
	await installTraefik(access);
	const rules = productFiles().flatMap(({ rules = [] }) => rules);
	const token = await clusterAccount(access, { namespace, name: "traefik", rules });
	await ensure(access, "/apis/networking.k8s.io/v1/ingressclasses", {
		metadata: { name: className },
		spec: { controller: "traefik.io/ingress-controller" },
	});
	for (const { path, object } of middlewareObjects(site)) await ensure(access, path, object);
	// JSON is YAML; the program goes by the name.
	const file = join(folder, "traefik.yaml");
	writeFileSync(file, JSON.stringify(staticConfiguration(props, token)), { mode: 0o600 });
	return { names: ["traefik"], prefix: network.inside, args: [`--configFile=${file}`] };
}
