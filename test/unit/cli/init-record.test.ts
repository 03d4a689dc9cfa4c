import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { tryToClaim } from "../../../engine/claim.ts";
import { earlierInit, forgetInit, type InitInput, recordInit } from "../../../engine/init-record.ts";
import { asksForInit, initialise } from "../../../engine/initialise.ts";
import { withPluginCache } from "../../../engine/plugin-cache.ts";
import { type Json, readDocument } from "../../../world/world.ts";

// Files of this project share a process, and with it the environment.
afterEach(() => vi.unstubAllEnvs());

function temporaryFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), "infra-init-"));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	return folder;
}

const json: Record<string, Json> = {
	terraform: {
		backend: { local: { path: "a.tfstate" } },
		required_providers: { demo: { source: "acme/demo", version: "~> 1.2" } },
		required_version: ">= 1.11",
	},
	provider: { demo: [{ address: "x" }] },
	resource: { demo_thing: { a: { size: 1 } } },
	locals: { one: 1 },
};

const edited = (change: (copy: typeof json) => void) => {
	const copy = structuredClone(json);
	change(copy);
	return readDocument("redis", copy);
};

/** A home with a Terraform on its PATH, and a stack that was initialised. */
function initialised() {
	const home = temporaryFolder();
	vi.stubEnv("HOME", home);
	vi.stubEnv("TF_CLI_CONFIG_FILE", undefined);
	const program = join(home, "terraform");
	writeFileSync(program, "program");
	const data = join(home, "out/stacks/redis/.terraform");
	const package1 = join(home, "plugins/demo/1.2.3");
	mkdirSync(package1, { recursive: true });
	writeFileSync(join(package1, "terraform-provider-demo"), "binary");
	mkdirSync(join(data, "providers/acme/demo"), { recursive: true });
	symlinkSync(package1, join(data, "providers/acme/demo/1.2.3"));
	const input: InitInput = {
		document: readDocument("redis", json),
		terraform: { command: program, version: "1.11.4" },
		site: "lab",
		data,
		args: ["-reconfigure"],
		lock: "locked",
	};
	recordInit(input, "locked, with checksums");
	return { home, program, data, package1, input };
}

describe("an init is not run again", () => {
	test("for the same stack, and its lock file comes back as the init has left it", () => {
		const { input } = initialised();
		expect(earlierInit(input)?.lock).toBe("locked, with checksums");
	});

	test.for<[string, (copy: typeof json) => void]>([
		["an argument", (copy) => Object.assign(copy, { resource: { demo_thing: { a: { size: 2 } } } })],
		["another object", (copy) => Object.assign(copy, { resource: { demo_thing: { a: {}, b: {} } } })],
		["an output", (copy) => Object.assign(copy, { output: { site: { value: "lab" } }, locals: {} })],
	])("after a change of %s", ([, change]) => {
		const { input } = initialised();
		expect(earlierInit({ ...input, document: edited(change) })).toBeDefined();
	});
});

describe("an init is run again", () => {
	const terraform = json.terraform as Record<string, Json>;
	test.for<[string, (copy: typeof json) => void]>([
		["the backend", (copy) => (copy.terraform = { ...terraform, backend: { local: { path: "b" } } })],
		["its kind", (copy) => (copy.terraform = { ...terraform, backend: { pg: {} } })],
		["a provider's version", (copy) => (copy.terraform = { ...terraform, required_providers: {} })],
		["the version of Terraform", (copy) => (copy.terraform = { ...terraform, required_version: "1" })],
		["a type of resource", (copy) => (copy.resource = { other_thing: { a: {} } })],
		["the provider of a resource", (copy) => (copy.resource = { demo_thing: { a: { provider: "b.c" } } })],
		["a provider's settings", (copy) => (copy.provider = {})],
		["a data source", (copy) => (copy.data = { other: { a: {} } })],
		["a module", (copy) => (copy.module = { local: { source: "./x" } })],
		["a section that is not known", (copy) => (copy.invented = { by: "a later version" })],
	])("after a change of %s", ([, change]) => {
		const { input } = initialised();
		expect(earlierInit({ ...input, document: edited(change) })).toBeUndefined();
	});

	test.for<[string, Partial<InitInput>]>([
		["another site", { site: "home" }],
		["another lock file", { lock: "locked anew" }],
		["other options", { args: ["-backend=false"] }],
		["another version of the program", { terraform: { command: "terraform", version: "1.12.0" } }],
	])("for %s", ([, change]) => {
		const { input } = initialised();
		expect(earlierInit({ ...input, ...change })).toBeUndefined();
	});

	test.for<[string, (there: ReturnType<typeof initialised>) => void]>([
		["the program was replaced", ({ program }) => writeFileSync(program, "another program")],
		["the program is gone", ({ program }) => rmSync(program)],
		["a plugin was deleted", ({ package1 }) => rmSync(join(package1, "terraform-provider-demo"))],
		["a package was deleted", ({ package1 }) => rmSync(package1, { recursive: true })],
		["a plugin was replaced", ({ package1 }) => utimesSync(join(package1, "terraform-provider-demo"), 1, 1)],
		["a plugin was added", ({ data }) => writeFileSync(join(data, "providers/other"), "")],
		["the folder was emptied", ({ data }) => rmSync(data, { recursive: true })],
		["an init was interrupted since", ({ data }) => forgetInit(data)],
		["a mirror was configured", ({ home }) => writeFileSync(join(home, ".terraformrc"), "mirror")],
		["an option is in the environment", () => vi.stubEnv("TF_CLI_ARGS_init", "-upgrade")],
		["the record is damaged", ({ data }) => writeFileSync(join(data, "infra-init.json"), "{")],
	])("when %s", ([, happen]) => {
		const there = initialised();
		happen(there);
		expect(earlierInit(there.input)).toBeUndefined();
	});

	test("after one that failed, on an empty folder", async () => {
		const { home, input } = initialised();
		const { lock: _, ...rest } = input;
		const bare = { ...rest, document: readDocument("redis", { terraform: {} }) };
		const run = join(home, "run");
		mkdirSync(run);
		let inits = 0;
		const init = async () => {
			inits += 1;
			mkdirSync(input.data, { recursive: true });
			if (inits === 1) {
				writeFileSync(join(input.data, "half-a-package"), "");
				throw new Error("interrupted");
			}
		};
		const wanted = { input: bare, folder: run, cache: join(home, "cache"), init };
		await expect(initialise(wanted)).rejects.toThrow("interrupted");
		expect(await initialise(wanted)).toBe(false);
		expect(await initialise(wanted)).toBe(true);
		expect(await initialise({ ...wanted, again: true })).toBe(false);
		expect(inits).toBe(3);
	});
});

test("a failure that an init mends is told from others", () => {
	const said = (stderr: string, code = 1) => asksForInit({ code, stdout: "", stderr });
	expect(said('Required plugins are not installed … run "terraform init"')).toBe(true);
	expect(said("please run tofu init")).toBe(true);
	expect(said("connection refused")).toBe(false);
	expect(said("an output says: terraform init", 2)).toBe(false);
});

describe("the plugin cache", () => {
	const demo = { address: "registry.example/acme/demo", version: "1.2.3", constraints: "", hashes: [] };

	/** Inits of a process, with the number that ran at once. */
	function inits() {
		const home = temporaryFolder();
		vi.stubEnv("XDG_CACHE_HOME", home);
		const cache = join(home, "plugins");
		let [running, most, count] = [0, 0, 0];
		const init = async () => {
			count += 1;
			running += 1;
			most = Math.max(most, running);
			const folder = join(cache, demo.address, demo.version, "linux_amd64");
			mkdirSync(folder, { recursive: true });
			await new Promise((resolve) => setTimeout(resolve, 20));
			writeFileSync(join(folder, "terraform-provider-demo"), "binary", { flag: "a" });
			running -= 1;
		};
		const run = (required: (typeof demo)[] | undefined = [demo]) => withPluginCache(cache, required, init);
		return { cache, home, run, most: () => most, count: () => count };
	}

	test("is written by one at a time, and read by all at once when it is complete", async () => {
		const { cache, run, most } = inits();
		await Promise.all([run(), run()]);
		expect(most()).toBe(1);
		// Neither ends before both have begun.
		const begun = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
		await Promise.all(
			begun.map((own) =>
				withPluginCache(cache, [demo], async () => {
					own.resolve();
					await Promise.all(begun.map(({ promise }) => promise));
				}),
			),
		);
	});

	test("that another process fills is waited for, also when nobody knows what is needed", async () => {
		for (const required of [[demo], undefined]) {
			const { home, run, count } = inits();
			await withPluginCache(join(home, "plugins"), undefined, async () => {});
			const [place = ""] = readdirSync(join(home, "infra/installed"));
			const other = tryToClaim(join(home, "infra/installed", place), "cache");
			if (!("release" in other)) throw new Error("the claim is held");
			const waiting = run(required);
			await new Promise((resolve) => setTimeout(resolve, 150));
			expect(count()).toBe(0);
			other.release();
			await waiting;
			expect(count()).toBe(1);
		}
	});

	test("is not complete when a package has changed since it was installed", async () => {
		const { cache, run, most } = inits();
		await run();
		writeFileSync(join(cache, demo.address, demo.version, "linux_amd64/terraform-provider-demo"), "half");
		await Promise.all([run(), run()]);
		expect(most()).toBe(1);
	});
});
