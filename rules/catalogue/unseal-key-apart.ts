import { block, blocks, plain } from "../../world/blocks.ts";
import { kubernetesObjects } from "../../world/kubernetes-objects.ts";
import type { Json, World } from "../../world/world.ts";
import { worldRule } from "../rule.ts";

export const unsealKeyApart = worldRule({
	id: "unseal-key-apart",
	severity: "error",
	reason:
		"The unseal key opens every secret there is, and must be there while Vault is not: nothing may make it from Vault, and only the server reads it.",
	remedy: "Create the Secret by hand, and name the Secrets that a role may read (resource_names).",
	*check(world) {
		const { server } = world.site.vault;
		if (server.kind !== "chart") return;
		const { name } = server.unsealSecret;
		const home = namespaceOfServer(world, server.chart.chart);
		const { all, resolve } = kubernetesObjects(world);
		const everywhere = new Set(
			all
				.filter(({ kind }) => kind === "cluster_role_binding")
				.map(({ resource, given }) => resolve(resource.stack, block(given.role_ref).name)),
		);
		for (const object of all) {
			const { kind, resource, namespace, given, at } = object;
			if (["secret", "external_secret"].includes(kind) && object.name === name)
				yield { subject: resource, argument: `${at}metadata.name`, message: `${name} is made by a stack` };
			if (kind === "cluster_role" ? !everywhere.has(object.name) : kind !== "role" || namespace !== home)
				continue;
			for (const { block: rule, path } of blocks(given.rule, `${at}rule`))
				if (reads(rule.verbs) && names(rule.resources, "secrets") && coversKey(rule.resource_names, name))
					yield { subject: resource, argument: path, message: `${kind} ${object.name} may read ${name}` };
		}
	},
});

/** Namespace that the server's chart is installed in. */
function namespaceOfServer(world: World, chart: string): string | undefined {
	const releases = world.stacks.flatMap(({ resources }) => resources);
	const release = releases.find(
		({ type, arguments: given }) => type === "helm_release" && given.chart === chart,
	);
	return release && kubernetesObjects(world).resolve(release.stack, release.arguments.namespace);
}

function names(list: Json | undefined, ...wanted: readonly string[]): boolean {
	return Array.isArray(list) && list.some((one) => one === "*" || wanted.includes(plain(one) ?? ""));
}

const reads = (verbs: Json | undefined) => names(verbs, "get", "list", "watch");

/** Without names, a rule is about every object. */
function coversKey(resourceNames: Json | undefined, name: string): boolean {
	return !Array.isArray(resourceNames) || resourceNames.length === 0 || resourceNames.includes(name);
}
