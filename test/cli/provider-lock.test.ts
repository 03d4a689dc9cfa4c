import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, describe, expect, test, vi } from "vitest";
import { loadSite } from "../../config/load-site.ts";
import { withLockedProvidersOfState } from "../../engine/locked-providers-of-state.ts";
import { lockHashes, wantedPins } from "../../engine/provider-lock.ts";
import {
	type LockedProvider,
	lockFile,
	parseLock,
	readLock,
	renderLock,
} from "../../providers/lock/lock-file.ts";
import { pinVersions } from "../../providers/lock/pin-versions.ts";
import { committedSchema } from "../../providers/schema/committed.ts";
import { admits } from "../../providers/schema/version-constraint.ts";
import { checkLock } from "../../rules/schema/check-lock.ts";
import { loadStacks } from "../../stacks/catalogue.ts";
import { providers } from "../../stacks/providers.ts";
import { lockOf, writeLockFiles } from "../../stacks/write-lock-files.ts";
import { readDocument } from "../../world/world.ts";
import { temporaryFolder, testApp } from "../synth.ts";
import { installed } from "../unit/schema/installed.ts";

const stacks = await loadStacks();

afterEach(() => vi.unstubAllEnvs());

const odd: LockedProvider = {
	address: "registry.example.org/acme/odd",
	version: "1.2.3",
	constraints: "~> 1.2",
	hashes: ["h1:abc=", "zh:def"],
};

describe("The committed lock", () => {
	test.for(Object.entries(providers))(
		"%s is locked at the version of its schema, which the stacks admit",
		([name]) => {
			const pin = wantedPins().find(({ source }) => source.endsWith(`/${name}`));
			const locked = readLock().find(({ address }) => address.endsWith(`/${pin?.source}`));
			expect(locked).toMatchObject({
				version: committedSchema(name)?.version,
				constraints: providers[name]?.version,
			});
			expect(admits(locked?.constraints ?? "", locked?.version ?? "")).toBe(true);
		},
	);

	test("holds the providers of the stacks and no other", () => {
		expect(readLock()).toHaveLength(Object.keys(providers).length);
		expect(readFileSync(lockFile, "utf8")).toBe(renderLock(readLock()));
	});
});

test("A lock file is read as it was written", () => {
	expect(parseLock(renderLock([odd, { ...odd, address: "a/b/c", hashes: [] }]))).toEqual([
		{ ...odd, address: "a/b/c", hashes: [] },
		odd,
	]);
});

test("Another version loses the hashes, the same one keeps them", () => {
	const pin = { source: "acme/odd", constraints: "~> 1.2" };
	expect(pinVersions([odd], [{ ...pin, version: "1.2.3" }])).toEqual([odd]);
	expect(pinVersions([odd], [{ ...pin, version: "1.2.4" }])[0]).toMatchObject({
		version: "1.2.4",
		hashes: [],
	});
});

describe("A world", () => {
	const findings = (locked: readonly LockedProvider[], schemaVersion: string) => {
		const required = { odd: { source: "acme/odd", version: "~> 1.2" } };
		const document = readDocument("demo", { terraform: { required_providers: required } });
		const nothing = { is: "block single", arguments: {} };
		const schema = { source: "acme/odd", version: schemaVersion, provider: nothing };
		return checkLock({ site: undefined as never, stacks: [document] }, locked, () => ({
			...schema,
			...{ resource: {}, data: {}, ephemeral: {} },
		})).map(({ message }) => message);
	};

	test.for<
		readonly [name: string, locked: readonly LockedProvider[], schema: string, expected: readonly string[]]
	>([
		["with one version everywhere is sound", [odd], "1.2.3", []],
		[
			"without a lock",
			[],
			"1.2.3",
			["the lock file does not hold the provider: each plan could use another version"],
		],
		["with a newer schema", [odd], "1.3.0", ["the lock file has 1.2.3, the kept schema is of 1.3.0"]],
		[
			"with a lock that the stacks do not admit",
			[{ ...odd, version: "2.0.0" }],
			"2.0.0",
			['"~> 1.2" does not admit 2.0.0, which is locked'],
		],
	])("%s", ([, locked, schema, expected]) => {
		expect(findings(locked, schema)).toEqual(expected);
	});
});

describe("The folder of a stack", () => {
	const document = readDocument("demo", {
		terraform: { required_providers: { odd: { source: "acme/odd" }, other: { source: "acme/other" } } },
	});

	test("gets exactly the providers that the stack requires", async () => {
		const app = await testApp(stacks, await loadSite("lab"));
		app.synth();
		const text = readFileSync(join(app.outdir, "stacks/redis/.terraform.lock.hcl"), "utf8");
		expect(parseLock(text).map(({ address }) => address)).toEqual([
			"registry.terraform.io/hashicorp/kubernetes",
		]);
		expect(lockOf(document, [odd])).toEqual([odd]);
	});

	test("is bound by hashes, except of what lies in the plugin folder of the home", () => {
		const home = temporaryFolder();
		vi.stubEnv("HOME", home);
		mkdirSync(join(home, "out/redis"), { recursive: true });
		const locked = readLock().map((provider) => ({ ...provider, hashes: ["h1:of-the-release="] }));
		const kubernetes = locked.find(({ address }) => address.endsWith("/kubernetes"));
		const redis = readDocument("redis", {
			terraform: { required_providers: { kubernetes: { source: "hashicorp/kubernetes" } } },
		});
		const hashes = () => {
			writeLockFiles([redis], join(home, "out"), locked);
			return parseLock(readFileSync(join(home, "out/redis/.terraform.lock.hcl"), "utf8"))[0]?.hashes;
		};
		expect(hashes()).toEqual(["h1:of-the-release="]);
		mkdirSync(join(home, ".terraform.d/plugins", `${kubernetes?.address}`, `${kubernetes?.version}`), {
			recursive: true,
		});
		expect(hashes()).toEqual([]);
	});

	test("is one in which Terraform installs nothing else", async (context) => {
		const full = await installed("kubernetes");
		if (typeof full === "string") return context.skip(full);
		const app = await testApp(stacks, await loadSite("lab"));
		app.synth();
		const cwd = join(app.outdir, "stacks/redis");
		const run = promisify(execFile);
		await run("terraform", ["init", "-backend=false", "-input=false", "-lockfile=readonly"], { cwd });
		const { stdout } = await run("terraform", ["version", "-json"], { cwd });
		expect(Object.values(JSON.parse(stdout).provider_selections)).toEqual([
			committedSchema("kubernetes")?.version,
		]);
	});
});

describe("A state with objects of a provider that the code no longer requires", () => {
	test("is planned with the locked one, which the lock then names", async (context) => {
		for (const name of ["kubernetes", "vault"]) {
			const full = await installed(name);
			if (typeof full === "string") return context.skip(full);
		}
		const cwd = temporaryFolder();
		const source = "hashicorp/kubernetes";
		const required = { kubernetes: { source, version: providers.kubernetes?.version } };
		writeFileSync(join(cwd, "main.tf.json"), JSON.stringify({ terraform: { required_providers: required } }));
		const address = "registry.terraform.io/hashicorp/vault";
		const object = { mode: "managed", type: "vault_policy", name: "p", provider: `provider["${address}"]` };
		const instances = [{ schema_version: 0, attributes: { id: "p", name: "p", policy: "" } }];
		const state = { version: 4, terraform_version: "1.11.0", serial: 1, lineage: "one", outputs: {} };
		writeFileSync(
			join(cwd, "terraform.tfstate"),
			JSON.stringify({ ...state, resources: [{ ...object, instances }] }),
		);
		const [locked] = readLock().filter((one) => one.address.endsWith(source));
		writeFileSync(join(cwd, ".terraform.lock.hcl"), renderLock([{ ...(locked ?? odd), hashes: [] }]));
		const init = (...flags: string[]) =>
			promisify(execFile)("terraform", ["init", "-input=false", "-no-color", ...flags], { cwd });
		await expect(init("-lockfile=readonly")).rejects.toThrow("Provider dependency changes detected");
		await withLockedProvidersOfState(cwd, () => init());
		const names = parseLock(readFileSync(join(cwd, ".terraform.lock.hcl"), "utf8")).map((one) => one.address);
		expect(names).toEqual([`registry.terraform.io/${source}`, address]);
		await init("-lockfile=readonly");
	});

	test("is refused when the lock does not name it", async () => {
		const cwd = temporaryFolder();
		const takes = async () => writeFileSync(join(cwd, ".terraform.lock.hcl"), renderLock([odd]));
		await expect(withLockedProvidersOfState(cwd, takes)).rejects.toThrow(
			"the state has objects of registry.example.org/acme/odd, which the committed lock does not name",
		);
	});
});

describe("infra providers lock", () => {
	/** A Terraform that answers with hashes, or ends as it is told. */
	function program(script: string): { readonly program: string; readonly file: string } {
		const folder = temporaryFolder();
		writeFileSync(join(folder, "terraform"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
		cpSync(lockFile, join(folder, "lock.hcl"));
		return { program: join(folder, "terraform"), file: join(folder, "lock.hcl") };
	}

	test("records what the registry answers, for each platform", async () => {
		const answer = renderLock(readLock().map((provider) => ({ ...provider, hashes: ["h1:x=", "zh:y"] })));
		const fake = program(
			`[ "$3 $4 $5" = "-no-color -platform=a_b -platform=c_d" ] || exit 3\ncat > .terraform.lock.hcl <<'END'\n${answer}END`,
		);
		await lockHashes({ ...fake, platforms: ["a_b", "c_d"] });
		expect(parseLock(readFileSync(fake.file, "utf8")).map(({ hashes }) => hashes)).toEqual(
			readLock().map(() => ["h1:x=", "zh:y"]),
		);
	});

	test("says what Terraform says, and leaves the lock as it was", async () => {
		const fake = program("echo 'no registry' >&2; exit 1");
		await expect(lockHashes({ ...fake, platforms: ["a_b"] })).rejects.toThrow(
			"could not lock the providers:\nno registry",
		);
		expect(readFileSync(fake.file, "utf8")).toBe(readFileSync(lockFile, "utf8"));
		expect(existsSync(`${fake.file}.${process.pid}`)).toBe(false);
	});
});
