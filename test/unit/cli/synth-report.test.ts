import { expect, test } from "vitest";
import { renderReport } from "../../../cli/synth/synth-report.ts";

test("a report is short: stacks, rules, schemas", () => {
	expect(
		renderReport({
			site: { name: "lab", description: "Loopback world" },
			stacks: [
				{
					stack: "redis",
					resources: 18,
					data: 1,
					ephemeral: 2,
					stateTier: 1,
					file: "cdktf.out/stacks/redis/cdk.tf.json",
				},
			],
			rules: 23,
			waivers: 1,
			findings: [],
			providers: ["kubernetes", "vault"],
		}),
	).toBe(`site lab  Loopback world

stack  resources  data  ephemeral  state   written to
redis         18     1          2  tier 1  cdktf.out/stacks/redis/cdk.tf.json

✓ rules    23 rules, no findings, 1 waiver
✓ schema   21 blocks as the providers want them: kubernetes, vault`);
});
