import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../clients/host/run.ts";
import { providers } from "../stacks/providers.ts";
import { parseEvent } from "../terminal/diagnostic.ts";
import { findTerraform } from "./binary.ts";
import { terraformEnvironment } from "./environment.ts";

export interface ProviderProbe {
	readonly name: string;
	/** Version that would be installed; null when there is none. */
	readonly version: string | null;
	/** Version constraint of the stacks. */
	readonly needed: string;
	/** Error of Terraform; null when the provider can be installed. */
	readonly problem: string | null;
}

/** Tries to install each provider with Terraform, into a temporary folder: only that shows whether it can be had. */
export async function probeProviders(): Promise<ProviderProbe[]> {
	const probes: ProviderProbe[] = [];
	for (const name of Object.keys(providers)) probes.push(await probeProvider(name));
	return probes;
}

/** @param name as in the table of providers @throws UsageError without Terraform */
export async function probeProvider(name: string): Promise<ProviderProbe> {
	const { command } = await findTerraform();
	const { version: needed, source = `hashicorp/${name}` } = providers[name] ?? { version: "" };
	const cwd = await mkdtemp(join(tmpdir(), "infra-doctor-"));
	const terraform = (...args: string[]) =>
		run(command, args, { cwd, env: terraformEnvironment(process.env) });
	try {
		const required = { [name]: { source, version: needed } };
		await writeFile(
			join(cwd, "main.tf.json"),
			JSON.stringify({ terraform: { required_providers: required } }),
		);
		const init = await terraform("init", "-json", "-input=false");
		const selections = JSON.parse((await terraform("version", "-json")).stdout).provider_selections ?? {};
		const [version = null] = Object.values<string>(selections);
		return { name, needed, version, problem: init.code === 0 ? null : problemOf(init.stdout) };
	} finally {
		await rm(cwd, { recursive: true, force: true });
	}
}

function problemOf(stdout: string): string {
	const diagnostics = stdout.split("\n").flatMap((line) => parseEvent(line)?.diagnostic ?? []);
	return diagnostics.map(({ summary, detail = "" }) => detail.split("\n\n")[0] || summary).join("\n");
}
