import { expect, test } from "vitest";
import { loadRegistry } from "../../../clients/vault/load-registry.ts";
import { loadSite } from "../../../config/load-site.ts";
import { withoutWaiting } from "../../../engine/unawaited.ts";
import { loadStacks } from "../../../stacks/catalogue.ts";
import { testApp } from "../../synth.ts";

test.for(["lab", "home"])("no workload of %s is waited for, and nothing else is changed", async (name) => {
	const registry = await loadRegistry(await loadSite("lab"));
	const app = await testApp(await loadStacks(), await loadSite(name), registry);
	for (const document of app.check().documents) {
		const before = JSON.stringify(document.json);
		// biome-ignore lint/suspicious/noExplicitAny: a document as Terraform reads it
		const json = withoutWaiting(document).json as any;
		for (const [type, blocks] of Object.entries(json.resource))
			for (const block of Object.values(blocks as Record<string, { wait_for_rollout?: boolean }>)) {
				const rollsOut = /^kubernetes_(deployment|stateful_set|daemon_set)_v1$/.test(type);
				expect(block.wait_for_rollout).toBe(rollsOut ? false : undefined);
				delete block.wait_for_rollout;
			}
		expect(json).toEqual(document.json);
		expect(JSON.stringify(document.json)).toBe(before);
	}
});
