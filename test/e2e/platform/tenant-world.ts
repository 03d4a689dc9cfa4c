import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect } from "vitest";
import { parseRegistry } from "../../../config/registry/parse-registry.ts";
import { controlPlanePrograms } from "../harness/control-plane.ts";
import { needsPrograms } from "../harness/programs.ts";
import { AppliedPlatform, type Entries } from "./applied-platform.ts";
import { registry as everybody } from "./people.ts";

/** The applied stack for the tests of a file; it is there once they run. */
export function tenantWorld(
	name: string,
	{
		registry = everybody,
		programs = [],
	}: { readonly registry?: Entries; readonly programs?: readonly string[] } = {},
): { readonly world: AppliedPlatform; readonly ready: boolean } {
	const ready = needsPrograms(...controlPlanePrograms, "terraform", ...programs);
	const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-${name}-`));
	let world: AppliedPlatform | undefined;
	let missing: string | undefined;
	beforeAll(async () => {
		if (!ready) return;
		world = await AppliedPlatform.start(folder);
		missing = await world.providersMissing(registry);
		if (missing !== undefined) return;
		await world.makeOtherNamespaces();
		await world.makeNamespaces(registry);
		await world.apply(registry);
		for (const { name } of parseRegistry(JSON.stringify(registry)).namespaces) await world.whenCounted(name);
	}, 240_000);
	beforeEach(({ skip }) => {
		if (missing !== undefined) skip(missing);
	});
	afterAll(async () => {
		await world?.stop();
		rmSync(folder, { recursive: true });
	});
	return {
		/** Whether the tests run at all, for what is made before them. */
		get ready() {
			return world !== undefined && missing === undefined;
		},
		get world() {
			if (world === undefined) throw new Error("the world is made before the tests");
			return world;
		},
	};
}

/** The status of a request, and what was said. */
export async function outcome(request: Promise<{ status: number; body: { message?: string } }>) {
	const { status, body } = await request;
	return [status, body.message ?? ""] as const;
}

export const refused = (text: string) => [403, expect.stringContaining(text)];
export const created = [201, ""];
