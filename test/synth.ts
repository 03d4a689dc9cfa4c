import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Construct } from "constructs";
import { onTestFinished } from "vitest";
import { loadRegistry } from "../clients/vault/load-registry.ts";
import { loadSite } from "../config/load-site.ts";
import type { Registry } from "../config/registry/registry.ts";
import type { Site } from "../config/schema/site.ts";
import type { StackDeclaration } from "../stacks/declaration.ts";
import { InfraApp } from "../stacks/infra-app.ts";
import { InfraStack } from "../stacks/infra-stack.ts";
import type { Json, Resource, StackDocument } from "../world/world.ts";

/** A folder that is removed when the test ends. */
export function temporaryFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), "infra-test-"));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	return folder;
}

/** An app of the lab site, or of another, that writes nowhere but below a temporary folder. */
export async function testApp(
	stacks: readonly StackDeclaration[],
	site?: Site,
	registry?: Registry,
): Promise<InfraApp> {
	const lab = await loadSite("lab");
	return new InfraApp({
		site: site ?? lab,
		registry: registry ?? (await loadRegistry(lab)),
		stacks,
		outdir: join(temporaryFolder(), "out"),
	});
}

/** Synthesises constructs alone in a stack, prepared as a real one: cross references and providers included. */
export async function synthesise(
	build: (stack: InfraStack) => void,
	site?: Site,
	registry?: Registry,
): Promise<StackDocument> {
	class TestStack extends InfraStack {
		constructor(scope: Construct) {
			super(scope, declaration);
			build(this);
		}
	}
	const declaration: StackDeclaration = {
		name: "platform",
		purpose: "Constructs under test",
		stateTier: 1,
		build: (app) => new TestStack(app),
	};
	const app = await testApp([declaration], site, registry);
	const [stack] = app.stacks;
	if (stack === undefined) throw new Error("the app has no stack");
	return stack.synthesizeOnce();
}

/** The only resource of a type. @throws when there is none, or more than one */
export function only({ resources }: StackDocument, type: string): Resource {
	const [resource, ...others] = resources.filter((candidate) => candidate.type === type);
	if (resource === undefined || others.length > 0)
		throw new Error(`expected one ${type}, found ${resource === undefined ? 0 : others.length + 1}`);
	return resource;
}

/** The value at a dotted path; single blocks may be written as lists of one. */
export function at(resource: Resource, path: string): Json | undefined {
	return path.split(".").reduce<Json | undefined>((value, key) => {
		const block = Array.isArray(value) && !/^\d+$/.test(key) ? value[0] : value;
		return (block as Record<string, Json> | undefined)?.[key];
	}, resource.arguments as Json);
}
