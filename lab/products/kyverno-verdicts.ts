import { setTimeout as sleep } from "node:timers/promises";
import { askApi, ensure } from "../kubernetes-api.ts";
import type { Lab } from "../lab-state.ts";
import type { Verdict } from "../verdict.ts";

const policies = "/apis/kyverno.io/v1/clusterpolicies";

/** Namespace and policy that are there while Kyverno is tried. */
const name = "lab-verify";

/** Marks a pod that the policy refuses. */
const refused = "lab/refused";

const inNamespace = { any: [{ resources: { kinds: ["Pod"], namespaces: [name] } }] };

const policy = {
	apiVersion: "kyverno.io/v1",
	kind: "ClusterPolicy",
	metadata: { name },
	spec: {
		failurePolicy: "Ignore",
		rules: [
			{
				name: "changes",
				match: inNamespace,
				mutate: { patchStrategicMerge: { metadata: { labels: { "lab/changed": "true" } } } },
			},
			{
				name: "refuses",
				match: inNamespace,
				validate: {
					failureAction: "Enforce",
					message: "refused by Kyverno",
					pattern: { metadata: { "=(labels)": { [`X(${refused})`]: "null" } } },
				},
			},
		],
	},
};

/** Whether Kyverno takes the policies of the stacks, and changes and refuses a pod as a policy says. */
export async function kyvernoVerdicts(lab: Lab): Promise<readonly Verdict[]> {
	const { items } = JSON.parse((await askApi(lab, "GET", policies)).body) as { items: readonly Policy[] };
	const unready = items
		.filter(({ status }) => !status?.conditions?.some((one) => one.type === "Ready" && one.status === "True"))
		.map(({ metadata }) => metadata.name);
	return [
		{ claim: "Kyverno is ready to apply every policy", problem: unready.join(", ") },
		{ claim: "Kyverno changes and refuses pods", problem: await tried(lab) },
	];
}

interface Policy {
	readonly metadata: { readonly name: string };
	readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** @returns what is wrong; empty when nothing is */
async function tried(lab: Lab): Promise<string> {
	await ensure(lab, "/api/v1/namespaces", { metadata: { name } });
	await ensure(lab, policies, policy);
	try {
		let problem = "";
		// A new policy takes a moment to reach the webhook, a new namespace one to get its account.
		for (let tries = 0; tries < 100; tries++) {
			problem = await pods(lab);
			if (problem === "") break;
			await sleep(100);
		}
		return problem;
	} finally {
		await askApi(lab, "DELETE", `${policies}/${name}`);
		await askApi(lab, "DELETE", `/api/v1/namespaces/${name}`);
	}
}

async function pods(lab: Lab): Promise<string> {
	const create = async (labels: Readonly<Record<string, string>>) =>
		askApi(lab, "POST", `/api/v1/namespaces/${name}/pods?dryRun=All`, {
			metadata: { name, labels },
			spec: { containers: [{ name, image: "registry.k8s.io/pause:3.10" }] },
		});
	const passed = await create({});
	if (passed.status !== 201) return `a pod is refused: ${passed.body}`;
	if (JSON.parse(passed.body).metadata.labels?.["lab/changed"] !== "true") return "a pod is not changed";
	const marked = await create({ [refused]: "true" });
	if (marked.status < 400 || !marked.body.includes("refused by Kyverno"))
		return `a pod is not refused: ${marked.status}`;
	return "";
}
