import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1/index.js";
import type { Construct } from "constructs";
import { describe, expect, test } from "vitest";
import { parseSite } from "../../config/parse-site.ts";
import lab from "../../config/sites/lab.ts";
import { PolicyError } from "../../rules/finding.ts";
import { loadStacks } from "../../stacks/catalogue.ts";
import type { StackDeclaration } from "../../stacks/declaration.ts";
import { InfraStack } from "../../stacks/infra-stack.ts";
import { mergePatch } from "../merge-patch.ts";
import { testApp } from "../synth.ts";

const stacks = await loadStacks();

function declare(name: string, build: (stack: InfraStack) => void = () => {}, stateTier: 0 | 1 = 1) {
	const declaration: StackDeclaration = {
		name,
		purpose: `Test stack ${name}`,
		stateTier,
		build: (app) =>
			new (class extends InfraStack {
				constructor(scope: Construct) {
					super(scope, declaration);
					build(this);
				}
			})(app),
	};
	return declaration;
}

/** A ConfigMap that the rules refuse. */
const leak = (stack: InfraStack) => {
	new ConfigMapV1(stack, "leak", {
		metadata: { name: "leak", namespace: "default" },
		data: { password: "dummy-dummy-dummy" },
	});
};

describe("apply order", () => {
	test("is that of the list, each stack after the one before it", async () => {
		const app = await testApp([declare("storage"), declare("vault"), declare("redis")]);
		expect(app.stacks.map((stack) => [stack.node.id, stack.dependencies.map(({ node }) => node.id)])).toEqual(
			[
				["storage", []],
				["vault", ["storage"]],
				["redis", ["vault"]],
			],
		);
	});
});

describe("state", () => {
	const postgres = parseSite(
		mergePatch(lab, {
			state: {
				tier0: { directory: "state/stacks" },
				tier1: {
					kind: "postgres",
					directory: null,
					host: "db.example.org",
					database: "state",
					user: "state",
					sslMode: "verify-full",
				},
			},
		}),
	);

	test("of tier 0 is a file below the repository", async () => {
		const app = await testApp([declare("vault", undefined, 0)], postgres);
		expect(app.check().documents[0]?.json.terraform).toMatchObject({
			backend: { local: { path: "../../../state/stacks/vault/terraform.tfstate" } },
		});
	});

	test("of tier 1 is a schema of the database, and no password stands beside it", async () => {
		const app = await testApp([declare("redis")], postgres);
		expect(app.check().documents[0]?.json.terraform).toMatchObject({
			backend: {
				pg: {
					conn_str: "postgres://state@db.example.org:5432/state?sslmode=verify-full",
					schema_name: "redis",
				},
			},
		});
	});
});

describe("a reference to another stack", () => {
	test("is an error instead of a copy of the other's state", async () => {
		let other: ConfigMapV1 | undefined;
		const app = await testApp([
			declare("storage", (stack) => {
				other = new ConfigMapV1(stack, "names", { metadata: { name: "names", namespace: "default" } });
			}),
			declare("vault", (stack) => {
				new ConfigMapV1(stack, "copy", {
					metadata: { name: "copy", namespace: "default" },
					data: { id: other?.id ?? "" },
				});
			}),
		]);
		expect(app.check().findings.map(({ path, message }) => `${path}: ${message}`)).toContain(
			"vault/copy: refers to kubernetes_config_map_v1.names, which stack vault does not have",
		);
	});
});

describe("endpoints", () => {
	test("that a stack serves and needs are part of its document", async () => {
		const queue = { host: "queue.example.org", ports: { amqp: 5672 } };
		const app = await testApp([
			declare("redis", (stack) => {
				stack.produce("queue", queue);
				stack.consume("vault-active");
			}),
		]);
		expect(app.check().documents[0]?.endpoints).toEqual({ produced: { queue }, consumed: ["vault-active"] });
		expect(app.check().findings.map(({ rule, argument }) => `${rule} ${argument}`)).toContain(
			"endpoint-produced endpoints.queue",
		);
	});

	test("that nobody lists cannot be consumed", async () => {
		await expect(testApp([declare("platform", (stack) => stack.consume("quue"))])).rejects.toThrow(
			'platform consumes the endpoint "quue"; site.endpoints lists vault-active,',
		);
	});
});

describe("writing", () => {
	test("does not begin when any stack breaks a rule", async () => {
		const app = await testApp([declare("storage"), declare("redis", leak)]);
		expect(() => app.synth()).toThrow(PolicyError);
		expect(existsSync(app.outdir)).toBe(false);
	});

	test("writes what the rules have seen", async () => {
		const app = await testApp(stacks);
		const { documents } = app.check();
		app.synth();
		for (const { stack, json } of documents) {
			const written = readFileSync(join(app.outdir, "stacks", stack, "cdk.tf.json"), "utf8");
			expect(JSON.parse(written)).toEqual(JSON.parse(JSON.stringify(json)));
		}
	});

	test("is the same byte for byte the second time", async () => {
		const texts = [];
		for (let run = 0; run < 2; run += 1) {
			const app = await testApp(stacks);
			app.synth();
			texts.push(readFileSync(join(app.outdir, "stacks/redis/cdk.tf.json"), "utf8"));
		}
		expect(texts[0]).toBe(texts[1]);
	});

	test("removes a stack that is no longer part of the world", async () => {
		const app = await testApp(stacks);
		const stale = join(app.outdir, "stacks/retired");
		mkdirSync(stale, { recursive: true });
		writeFileSync(join(stale, "cdk.tf.json"), "{}");
		app.synth();
		expect(existsSync(stale)).toBe(false);
	});

	test("removes nothing that it has not written", async () => {
		const app = await testApp(stacks);
		const kept = ["stacks/retired/terraform.tfstate", "stacks/mine/notes.txt", "stacks/index.ts"];
		for (const name of [...kept, "stacks/retired/cdk.tf.json"]) {
			mkdirSync(join(app.outdir, name, ".."), { recursive: true });
			writeFileSync(join(app.outdir, name), "{}");
		}
		app.synth();
		expect(kept.map((name) => existsSync(join(app.outdir, name)))).toEqual([true, true, true]);
		expect(existsSync(join(app.outdir, "stacks/retired/cdk.tf.json"))).toBe(false);
	});
});

test("documents are readable by their owner alone, wherever they were written before", async () => {
	const app = await testApp([declare("storage")]);
	const folder = join(app.outdir, "stacks");
	mkdirSync(folder, { recursive: true, mode: 0o755 });
	app.synth();
	expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test("a value of the site is no template of Terraform, even one that the site would refuse", async () => {
	const { vault, ...others } = parseSite(
		mergePatch(lab, {
			vault: {
				identity: {
					kind: "oidc",
					publicKeys: null,
					audiences: null,
					discoveryUrl: "https://id.example.org/",
					clientId: "vault",
					clientSecret: { path: "authentik", key: "client_secret", version: 1 },
					groups: ["authentik Admins"],
				},
			},
		}),
	);
	const { identity } = vault;
	if (identity.kind !== "oidc") throw new Error("the site has no provider");
	const site = {
		...others,
		vault: {
			...vault,
			address: "https://vault.example.org/${upper(1)}",
			identity: {
				...identity,
				discoveryUrl: "https://id.example.org/%{x}",
				clientId: "${y}",
				groups: ["authentik Admins", "${z}"],
			},
		},
	};
	const documents = (await testApp(stacks, site)).check().documents;
	const text = JSON.stringify(documents.find(({ stack }) => stack === "vault")?.json);
	for (const escaped of ["/$${upper(1)}", "/%%{x}", '"$${y}"', "$${z}"]) expect(text).toContain(escaped);
});
