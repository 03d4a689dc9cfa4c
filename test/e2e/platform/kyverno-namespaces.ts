import { describe, test } from "vitest";
import { waitFor } from "../harness/wait-for.ts";
import { type KyvernoWorld, noQuota, soon } from "./kyverno-world.ts";

/** What policies make in a namespace. */
export function namespaceCases(of: () => KyvernoWorld): void {
	describe.concurrent("namespaces", () => {
		const label = (name: string, labels: object) =>
			of().must("PATCH", `/api/v1/namespaces/${name}`, { metadata: { labels } });

		test("get the quota and the limits of their tier, and another's after a change of tier, back and forth", async () => {
			await of().namespace("moving", { tier: "4-aux" });
			await of().have("moving", "20", "4Gi");
			for (const [tier, pods, memory] of [
				["0-core", "100", "8Gi"],
				["3-edge", "30", "8Gi"],
				["2-gpu", "40", "16Gi"],
				["4-aux", "20", "4Gi"],
			] as const) {
				await label("moving", { tier });
				await of().have("moving", pods, memory);
			}
			await label("moving", { tier: null });
			await of().have("moving", undefined, "4Gi");
			await label("moving", { tier: "1-cluster" });
			await of().have("moving", "30", "8Gi");
			// What a late answer to an earlier change would undo.
			await new Promise((resolve) => setTimeout(resolve, 6000));
			await of().have("moving", "30", "8Gi");
		}, 600_000);

		test("lose what a policy of before made under another name once it is gone, and nothing else", async () => {
			const policies = "/apis/kyverno.io/v1/clusterpolicies";
			const name = "generate-resourcequota-by-tier";
			const selector = { matchLabels: { tier: "3-edge", era: "before" } };
			await of().must("POST", policies, {
				apiVersion: "kyverno.io/v1",
				kind: "ClusterPolicy",
				metadata: { name },
				spec: {
					rules: [
						{
							name: "tier-3-edge",
							match: { any: [{ resources: { kinds: ["Namespace"], selector } }] },
							generate: {
								synchronize: true,
								apiVersion: "v1",
								kind: "ResourceQuota",
								name: "tier-quota",
								namespace: "{{ request.object.metadata.name }}",
								data: { spec: { hard: { pods: "7" } } },
							},
						},
					],
				},
			});
			const before = async () => (await of().specOf("older", "resourcequotas/tier-quota"))?.hard.pods;
			await of().namespace("older", { tier: "3-edge", era: "before" });
			let looks = 0;
			await waitFor(
				"the policy of before has acted",
				async () => {
					if ((await before()) === "7") return true;
					// A new policy reaches the webhook when it does, and then acts on the next change.
					if (looks++ > 0) await label("older", { touched: String(looks) });
					return false;
				},
				{ within: 60_000, every: 3000 },
			);
			await of().must("DELETE", `${policies}/${name}`);
			await waitFor("its quota is gone", async () => (await before()) === undefined, soon);
			await of().have("older", "30", "8Gi");
		}, 240_000);

		test("get limits without a tier, and neither with an opt-out", async () => {
			await Promise.all([
				of().have("bare", undefined, "4Gi"),
				of().have("work", undefined, "4Gi"),
				of().have("tenant", undefined, undefined),
				of().have("metallb-system", undefined, "8Gi"),
				of().have("kube-system", undefined, undefined),
			]);
		});

		test("that opt out later lose both, and get them back", async () => {
			await of().namespace("leaving", { tier: "3-edge" });
			await of().have("leaving", "30", "8Gi");
			await label("leaving", { ...noQuota, "resource-governance/custom-limitrange": "true" });
			await of().have("leaving", undefined, undefined);
			await label("leaving", {
				"resource-governance/custom-quota": null,
				"resource-governance/custom-limitrange": null,
			});
			await of().have("leaving", "30", "8Gi");
		}, 240_000);

		test("get back what somebody deletes or changes by hand", async () => {
			await of().namespace("edited", { tier: "3-edge" });
			await of().have("edited", "30", "8Gi");
			const at = "/api/v1/namespaces/edited";
			await of().must("DELETE", `${at}/limitranges/limits-of-tier`);
			await of().must("PATCH", `${at}/resourcequotas/quota-of-tier`, { spec: { hard: { pods: "500" } } });
			await of().have("edited", "30", "8Gi");
		}, 240_000);
	});
}
