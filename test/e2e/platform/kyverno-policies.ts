import { parseSite } from "../../../config/parse-site.ts";
import { parseRegistry } from "../../../config/registry/parse-registry.ts";
import lab from "../../../config/sites/lab.ts";
import { policyEngineDefaults } from "../../../config/sites/platform-defaults.ts";
import { loadStack } from "../../../stacks/catalogue.ts";
import { InfraApp } from "../../../stacks/infra-app.ts";
import type { Json, Resource } from "../../../world/world.ts";
import { mergePatch } from "../../merge-patch.ts";
import type { Answer } from "../harness/control-plane.ts";
import { waitFor } from "../harness/wait-for.ts";

const stack = await loadStack("platform");

/** A request to an API server as its administrator. */
type Ask = (method: string, path: string, body?: object) => Promise<Answer>;

async function must(ask: Ask, method: string, path: string, body?: object) {
	const answer = await ask(method, path, body);
	if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
	return answer.body;
}

/**
 * Makes what the stack `platform` says of priorities and of Kyverno, and waits until the policies are in force.
 *
 * @param outdir where the stack is written
 * @param settings of the policy engine that differ from those of the site
 */
export async function applyPolicies(
	ask: Ask,
	outdir: string,
	settings: Partial<typeof policyEngineDefaults> = {},
): Promise<void> {
	const policyEngine = { ...policyEngineDefaults, cleanupSchedule: "* * * * *", ...settings };
	const site = parseSite(mergePatch(lab, { platform: { policyEngine } }));
	const app = new InfraApp({ site, registry: parseRegistry("{}"), stacks: [stack], outdir });
	const resources = app.stacks[0]?.synthesizeOnce().resources ?? [];
	// As Terraform: rights before the policies that need them.
	const later = ({ type }: Resource) => Number(type === "kubernetes_manifest");
	for (const resource of [...resources].sort((one, other) => later(one) - later(other)))
		await make(ask, resource);
	const policies = "/apis/kyverno.io/v1/clusterpolicies";
	await waitFor(
		"Kyverno is ready to apply every policy",
		async () =>
			(await must(ask, "GET", policies)).items.every(
				({ status }: { status?: { conditions?: { type: string; status: string }[] } }) =>
					status?.conditions?.some((one) => one.type === "Ready" && one.status === "True"),
			),
		{ within: 60_000, every: 200 },
	);
}

async function make(ask: Ask, { type, arguments: given }: Resource): Promise<void> {
	// biome-ignore lint/suspicious/noExplicitAny: arguments of the provider are read by name
	const read = JSON.parse(JSON.stringify(given).replaceAll("$${", "${").replaceAll("%%{", "%{")) as any;
	if (type === "kubernetes_priority_class_v1")
		await must(ask, "POST", "/apis/scheduling.k8s.io/v1/priorityclasses", {
			metadata: { name: read.metadata.name },
			value: read.value,
			preemptionPolicy: read.preemption_policy,
		});
	const labels: Json = read.metadata?.labels ?? {};
	if (type === "kubernetes_cluster_role_v1" && JSON.stringify(labels).includes("rbac.kyverno.io"))
		await must(ask, "POST", "/apis/rbac.authorization.k8s.io/v1/clusterroles", {
			metadata: { name: read.metadata.name, labels },
			rules: read.rule.map((rule: Record<string, unknown>) => ({
				apiGroups: rule.api_groups,
				resources: rule.resources,
				verbs: rule.verbs,
			})),
		});
	if (type !== "kubernetes_manifest" || !read.manifest.apiVersion.startsWith("kyverno.io/")) return;
	const { apiVersion, kind } = read.manifest;
	const plural = kind === "ClusterPolicy" ? "clusterpolicies" : "clustercleanuppolicies";
	await waitFor(
		`${read.manifest.metadata.name} is taken`,
		async () => {
			const { status, body } = await ask("POST", `/apis/${apiVersion}/${plural}`, read.manifest);
			if (status !== 201 && !JSON.stringify(body).includes("has no permission"))
				throw new Error(JSON.stringify(body));
			return status === 201;
		},
		{ within: 60_000, every: 200 },
	);
}
