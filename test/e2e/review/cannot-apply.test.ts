import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { cannotApply } from "../../../review/catalogue/cannot-apply.ts";
import type { TerraformPlan } from "../../../review/plan/plan-json.ts";
import { summarizePlan } from "../../../review/plan/plan-summary.ts";
import { reviewStack } from "../../../review/review-stack.ts";
import { worldOf } from "../../policy/world.ts";
import { ControlPlane, controlPlanePrograms } from "../harness/control-plane.ts";
import { needsPrograms } from "../harness/programs.ts";
import { type Edit, edits, type Fields, objects } from "./edits.ts";

const ready = needsPrograms(...controlPlanePrograms, "terraform");
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-refused-`));
const [planeFolder, stackFolder] = [join(folder, "plane"), join(folder, "stack")];
let plane: ControlPlane | undefined;
let missing: string | undefined;

const run = promisify(execFile);

async function terraform(...args: string[]): Promise<{ readonly code: number; readonly stdout: string }> {
	const env = { ...process.env, CHECKPOINT_DISABLE: "1" };
	try {
		const { stdout } = await run("terraform", args, { cwd: stackFolder, env, maxBuffer: 256 * 1024 ** 2 });
		return { code: 0, stdout };
	} catch (error) {
		const { code, stdout } = error as { code: number; stdout: string };
		return { code, stdout };
	}
}

/** Writes each object, before or after its edit. */
function write(edited: boolean): void {
	const resource: Record<string, Record<string, Fields>> = {};
	for (const [index, edit] of edits.entries()) {
		const object = objectOf(edit, `edit-${index}`, edited);
		const typed = edit.of.startsWith("kubernetes_");
		const type = typed ? edit.of : "kubernetes_manifest";
		resource[type] ??= {};
		resource[type][`edit-${index}`] = typed ? object : { manifest: object };
	}
	const required_providers = { kubernetes: { source: "hashicorp/kubernetes" } };
	const provider = { kubernetes: { config_path: plane?.kubeconfig } };
	const document = { terraform: { required_providers }, provider, resource };
	writeFileSync(join(stackFolder, "cdk.tf.json"), JSON.stringify(document, null, 2));
}

function objectOf({ of, path, value }: Edit, name: string, edited: boolean): Fields {
	const object = structuredClone(objects[of]) as { metadata: Record<string, unknown> };
	object.metadata.name = name;
	if (!edited) return { ...object };
	const keys = path.split(".");
	const last = keys.pop() ?? "";
	let at = object as Record<string, unknown>;
	for (const key of keys) {
		at[key] ??= {};
		at = at[key] as Record<string, unknown>;
	}
	at[last] = value;
	return { ...object };
}

async function plan(): Promise<TerraformPlan> {
	await terraform("plan", "-input=false", "-parallelism=20", "-out=plan");
	return JSON.parse((await terraform("show", "-json", "plan")).stdout);
}

/** Edits by address, with those alone that Terraform sends in place. */
const inPlace = ({ resource_changes = [] }: TerraformPlan) =>
	resource_changes.filter(({ change }) => change.actions.join() === "update").map(({ address }) => address);

function nameOf(address: string): string {
	const { of, path, value } = edits[Number(address.split("edit-")[1])] as Edit;
	return `${of} ${path} ${JSON.stringify(value)}`;
}

beforeAll(async () => {
	if (!ready) return;
	mkdirSync(planeFolder);
	mkdirSync(stackFolder);
	plane = await ControlPlane.start(planeFolder);
	write(false);
	const { code } = await terraform("init", "-input=false");
	if (code !== 0) missing = "terraform init cannot install the provider";
	else expect(await terraform("apply", "-auto-approve", "-parallelism=20")).toMatchObject({ code: 0 });
}, 400_000);

afterAll(async () => {
	await plane?.stop();
	rmSync(folder, { recursive: true });
});

beforeEach(({ skip }) => {
	if (!ready) skip();
	if (missing !== undefined) skip(missing);
});

test("exactly what the API server or the provider refuses in place is found before", {
	timeout: 400_000,
}, async () => {
	write(true);
	const planned = await plan();
	const summary = summarizePlan("first", planned, () => undefined);
	const after = worldOf({});
	const findings = reviewStack({ summary, warnings: [], errors: [], before: undefined, after }, [
		cannotApply,
	]);
	const sent = inPlace(planned);
	expect(sent.length).toBeGreaterThan(40);
	await terraform("apply", "-input=false", "-parallelism=20", "plan");
	// What was refused, and what was never sent, is still to change.
	const refused = inPlace(await plan());
	expect([...new Set(findings.map(({ address }) => nameOf(address)))].toSorted()).toEqual(
		refused.map(nameOf).toSorted(),
	);
	expect(refused.length).toBeGreaterThan(20);
});
