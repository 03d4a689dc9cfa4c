import { jsonObject } from "../../clients/http/exchange.ts";
import { kubectl } from "../../clients/kubernetes/kubectl.ts";
import type { Site } from "../../config/schema/site.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { interruption } from "../../terminal/interruption.ts";
import { kubernetesObjects } from "../../world/kubernetes-objects.ts";
import type { World } from "../../world/world.ts";
import { askCluster, itemsOf } from "./ask-cluster.ts";
import { compareObject, identityOf, nameOf } from "./compare-objects.ts";
import { type ApiObject, type RevisionSecret, releaseObjects } from "./release-manifest.ts";
import type { DriftedObject, StackDrift } from "./stack-drift.ts";

/** A Helm release of a stack, which Terraform sees as one object without content. */
export interface Release {
	readonly address: string;
	readonly path: string;
	readonly name: string;
	readonly namespace: string;
}

/** The releases of a stack, as the code has them. */
export function releasesOf(world: World, stack: string): Release[] {
	const { resolve } = kubernetesObjects(world);
	const resources = world.stacks.find((one) => one.stack === stack)?.resources ?? [];
	return resources
		.filter(({ mode, type }) => mode === "resource" && type === "helm_release")
		.map(({ address, path, arguments: { name, namespace } }) => ({
			address,
			path,
			name: resolve(stack, name) ?? "",
			namespace: resolve(stack, namespace) ?? "default",
		}));
}

/**
 * Compares what a release installed with its manifest: the API server says what an apply of it, by Helm, would store,
 * and stores nothing. Fields that the manifest does not have are not compared.
 *
 * @param planned whether the plan would make or change the release, so that it may have no revision yet
 */
export async function releaseDrift(
	site: Site,
	release: Release,
	planned: boolean,
): Promise<Pick<StackDrift, "drifted" | "errors">> {
	try {
		const objects = await manifestOf(site, release);
		if (objects === undefined && !planned)
			throw new VisibleError("Helm has no deployed revision of it, and the plan does not make one");
		if (objects === undefined || objects.length === 0) return { drifted: [], errors: [] };
		return await compareAll(site, release, objects);
	} catch (error) {
		interruption.throwIfAborted();
		const { message } = error as Error;
		return { drifted: [], errors: [`release ${release.name} in ${release.namespace}: ${message}`] };
	}
}

async function manifestOf(site: Site, { name, namespace }: Release): Promise<ApiObject[] | undefined> {
	const labels = `--selector=owner=helm,name=${name},status=deployed`;
	const list = await askCluster(site, [
		"get",
		"secrets",
		`--namespace=${namespace}`,
		labels,
		"--output=json",
	]);
	return releaseObjects((jsonObject(list)?.items ?? []) as RevisionSecret[]);
}

async function compareAll(
	site: Site,
	release: Release,
	objects: readonly ApiObject[],
): Promise<Pick<StackDrift, "drifted" | "errors">> {
	const { namespace } = release;
	const where = ["--filename=-", `--namespace=${namespace}`, "--output=json", "--show-managed-fields"];
	const found = itemsOf(await askCluster(site, ["get", "--ignore-not-found", ...where], listOf(objects)));
	const live = new Map(found.map((object) => [identityOf(object, namespace), object]));
	const { wanted, errors } = await dryRun(site, namespace, objects);
	const drifted: DriftedObject[] = [];
	for (const object of wanted) {
		const difference = compareObject(release, object, live.get(identityOf(object, namespace)));
		if (difference !== undefined) drifted.push(difference);
	}
	return { drifted, errors: errors.map((error) => `release ${release.name} in ${namespace}: ${error}`) };
}

/** The objects as the API server would store them; those that it refuses are errors, and keep no other from being asked. */
async function dryRun(site: Site, namespace: string, objects: readonly ApiObject[]) {
	const apply = ["apply", "--server-side", "--dry-run=server", "--force-conflicts", "--field-manager=helm"];
	const where = ["--filename=-", `--namespace=${namespace}`, "--output=json"];
	const all = await kubectl(site, [...apply, ...where], listOf(objects));
	if (all.code === 0) return { wanted: itemsOf(all.stdout), errors: [] };
	const wanted: ApiObject[] = [];
	const errors: string[] = [];
	for (const object of objects) {
		const { code, stdout, stderr } = await kubectl(site, [...apply, ...where], JSON.stringify(object));
		if (code === 0) wanted.push(...itemsOf(stdout));
		else errors.push(`${nameOf(object)}: ${stderr.trim()}`);
	}
	return { wanted, errors };
}

function listOf(items: readonly ApiObject[]): string {
	return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}
