import { expect, test } from "vitest";
import { listStacks, renderList } from "../../../cli/list/list-stacks.ts";
import { loadSite } from "../../../config/load-site.ts";
import type { Site } from "../../../config/schema/site.ts";
import type { StackFacts } from "../../../stacks/declaration.ts";
import { table } from "../../../terminal/table.ts";

const vault: StackFacts = { name: "vault", purpose: "Secrets", stateTier: 0 };
const redis: StackFacts = { name: "redis", purpose: "Cache", stateTier: 1 };

test("a stack's state is where its tier says", async () => {
	const site: Site = {
		...(await loadSite("lab")),
		state: {
			tier0: { kind: "local", directory: "state" },
			tier1: { kind: "postgres", host: "db", port: 5432, database: "tf", user: "u", sslMode: "require" },
		},
	};
	expect(
		renderList(listStacks([vault, redis], site)),
	).toBe(`stack  tier  after  state                               purpose
vault     0  -      state/vault/terraform.tfstate       Secrets
redis     1  vault  postgres://db:5432/tf schema redis  Cache`);
});

test("a column of numbers is aligned to the right, any other to the left", () => {
	expect(
		table(
			["name", "count"],
			[
				["a", "1"],
				["long name", "10"],
			],
		),
	).toBe("name       count\na              1\nlong name     10");
});
