import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { definitionsPath } from "../foreign-kinds.ts";
import { kubeconfig } from "../kubeconfig.ts";
import { type ApiAccess, askApi, ensure } from "../kubernetes-api.ts";
import type { ClusterObject, ProductFiles } from "./product-files.ts";

const namespaced = (plural: string, group = "/api/v1") => ({ group, plural, namespaced: true });
const rbac = "/apis/rbac.authorization.k8s.io/v1";

/**
 * Where objects of a chart are made. The rest is left out: processes of the lab take the place of workloads, and a
 * webhook without its server would refuse everything.
 */
const collections: Readonly<Record<string, { group: string; plural: string; namespaced: boolean }>> = {
	ServiceAccount: namespaced("serviceaccounts"),
	ConfigMap: namespaced("configmaps"),
	Service: namespaced("services"),
	Role: namespaced("roles", rbac),
	RoleBinding: namespaced("rolebindings", rbac),
	ClusterRole: { group: rbac, plural: "clusterroles", namespaced: false },
	ClusterRoleBinding: { group: rbac, plural: "clusterrolebindings", namespaced: false },
};

/** Makes kinds, namespace, accounts and rights of a product. Returns once its kinds are served. */
export async function installProduct(
	api: ApiAccess,
	name: string,
	{ definitions, objects }: ProductFiles,
): Promise<void> {
	await Promise.all(definitions.map((definition) => ensure(api, definitionsPath, definition)));
	await ensure(api, "/api/v1/namespaces", { metadata: { name } });
	for (const object of objects) {
		const path = collectionOf(object, name);
		if (path !== undefined) await ensure(api, path, object);
	}
	const deadline = performance.now() + 120_000;
	while (!(await allServed(api, definitions))) {
		if (performance.now() > deadline)
			throw new VisibleError(`the kinds of ${name} are not served after 120 s`);
		await sleep(100);
	}
}

function collectionOf({ kind, metadata }: ClusterObject, name: string): string | undefined {
	const found = collections[kind];
	if (found === undefined) return undefined;
	const { group, plural } = found;
	return found.namespaced
		? `${group}/namespaces/${metadata.namespace ?? name}/${plural}`
		: `${group}/${plural}`;
}

interface Established {
	readonly metadata: { readonly name: string };
	readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

async function allServed(api: ApiAccess, definitions: readonly ClusterObject[]): Promise<boolean> {
	const { items } = JSON.parse((await askApi(api, "GET", definitionsPath)).body) as { items: Established[] };
	const served = items
		.filter(({ status }) =>
			status?.conditions?.some((one) => one.type === "Established" && one.status === "True"),
		)
		.map(({ metadata }) => metadata.name);
	return definitions.every(({ metadata }) => served.includes(metadata.name));
}

/** A token of a service account of the product, which outlives the lab: no kubelet renews it. */
export async function accountToken(api: ApiAccess, namespace: string, account: string): Promise<string> {
	const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
	const { status, body } = await askApi(api, "POST", path, { spec: { expirationSeconds: 365 * 86_400 } });
	if (status !== 201) throw new VisibleError(`${path}: ${status} ${body}`);
	return JSON.parse(body).status.token;
}

/** Writes a kubeconfig of a service account. @returns its file */
export async function accountKubeconfig(
	api: ApiAccess,
	{ namespace, account, folder }: { namespace: string; account: string; folder: string },
): Promise<string> {
	const file = join(folder, `${account}.json`);
	mkdirSync(folder, { recursive: true });
	const token = await accountToken(api, namespace, account);
	writeFileSync(file, JSON.stringify(kubeconfig({ ...api, token })), { mode: 0o600 });
	return file;
}
