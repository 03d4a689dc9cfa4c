import { execFile } from "node:child_process";
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeEach, describe, expect, test } from "vitest";
import { projectRoot } from "../../../config/project-root.ts";
import { bindingIn, folderOf } from "../../../providers/bindings/names.ts";
import { writeBindings } from "../../../providers/bindings/write-bindings.ts";
import { temporaryFolder } from "../../synth.ts";
import { keptBindings } from "../../unit/bindings/sample.ts";

let root: string;

/** A repository of two providers, one of which a construct uses. */
beforeEach(() => {
	root = temporaryFolder();
	mkdirSync(join(root, "constructs"));
	for (const name of ["helm", "vault"])
		cpSync(join(projectRoot, `providers/schemas/${name}.json`), join(root, `providers/schemas/${name}.json`));
	imports("@cdktf/provider-helm/lib/release/index.js");
});

function imports(...modules: readonly string[]): void {
	const lines = modules.map((module, index) => `import { A${index} } from "${module}";\n`);
	writeFileSync(join(root, "constructs/chart.ts"), lines.join(""));
}

function files(): Record<string, string> {
	const paths = globSync("providers/*/lib/**/*.{js,ts}", { cwd: root }).sort();
	return Object.fromEntries(paths.map((path) => [path, readFileSync(join(root, path), "utf8")]));
}

test.for(keptBindings)(
	"$provider: the folder of $name.mode $name.type says what it is for",
	({ provider, name }) => {
		expect(bindingIn(provider, folderOf(name))).toEqual(name);
	},
);

describe("The bindings", () => {
	test("are the same whenever they are made", () => {
		writeBindings(root);
		const first = files();
		rmSync(join(root, "providers/helm/lib"), { recursive: true });
		writeBindings(root);
		expect(files()).toEqual(first);
		expect(Object.keys(first)).toContain("providers/helm/lib/release/index.d.ts");
	});

	test("that are up to date are left alone", () => {
		writeBindings(root);
		expect(writeBindings(root)).toEqual([]);
	});

	test("follow a schema that has changed, and lose a type that has gone", () => {
		writeBindings(root);
		const file = join(root, "providers/schemas/vault.json");
		const schema = JSON.parse(readFileSync(file, "utf8"));
		delete schema.resource.vault_audit;
		schema.resource.vault_policy.arguments.added = "required string";
		writeFileSync(file, JSON.stringify(schema));
		const stale = [
			"providers/vault/lib/audit/index.d.ts",
			"providers/vault/lib/audit/index.js",
			"providers/vault/lib/policy/index.d.ts",
		];
		expect(writeBindings(root, { check: true })).toEqual(stale);
		expect(writeBindings(root)).toEqual(stale);
		expect(files()["providers/vault/lib/policy/index.d.ts"]).toContain("readonly added: string;");
		expect(Object.keys(files()).filter((path) => path.includes("audit"))).toEqual([]);
	});

	test("repair what an interrupted run left behind", () => {
		writeBindings(root);
		const whole = files();
		rmSync(join(root, "providers/vault/lib/policy/index.js"));
		writeFileSync(join(root, "providers/vault/lib/mount/index.d.ts"), "half of i");
		writeBindings(root);
		expect(files()).toEqual(whole);
	});

	test("are whole after several runs at a time", async () => {
		const program = join(root, "run.ts");
		const module = join(projectRoot, "providers/bindings/write-bindings.ts");
		writeFileSync(program, `import { writeBindings } from "${module}";\nwriteBindings("${root}");\n`);
		symlinkSync(join(projectRoot, "node_modules"), join(root, "node_modules"));
		await Promise.all(Array.from({ length: 4 }, () => promisify(execFile)(process.execPath, [program])));
		expect(writeBindings(root, { check: true })).toEqual([]);
	});

	test("name every import of what is not kept, where it stands, and what adds it", () => {
		imports(
			"@cdktf/provider-helm/lib/chart/index.js",
			"@cdktf/provider-vault/lib/data-vault-policy/index.js",
		);
		expect(() => writeBindings(root)).toThrow(
			expect.objectContaining({
				message: [
					"constructs/chart.ts:1: @cdktf/provider-helm/lib/chart/index.js is not there, because providers/schemas/helm.json has no resource helm_chart",
					"constructs/chart.ts:2: @cdktf/provider-vault/lib/data-vault-policy/index.js is not there, because providers/schemas/vault.json has no data vault_policy",
				].join("\n"),
				remedy: "run `npx infra schemas refresh helm vault`, which keeps every type that is imported",
			}),
		);
	});
});
