import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { parseSite } from "../../../config/parse-site.ts";
import lab from "../../../config/sites/lab.ts";
import { tiers } from "../../../config/tiers.ts";
import { Claim } from "../../../constructs/kubernetes/claim.ts";
import { TieredNamespace } from "../../../constructs/kubernetes/namespace.ts";
import type { StackDeclaration } from "../../../stacks/declaration.ts";
import { InfraApp } from "../../../stacks/infra-app.ts";
import { InfraStack } from "../../../stacks/infra-stack.ts";
import type { StackDocument } from "../../../world/world.ts";
import { mergePatch } from "../../merge-patch.ts";
import { ControlPlane, controlPlanePrograms } from "../harness/control-plane.ts";
import { needsPrograms } from "../harness/programs.ts";
import { TerraformFolder } from "../harness/terraform-folder.ts";
import { waitFor } from "../harness/wait-for.ts";

const ready = needsPrograms(...controlPlanePrograms, "terraform");
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-volume-`));
let plane: ControlPlane;
let terraform: TerraformFolder;
let missing: string | undefined;

/** A directory of the NFS server as a stack claims it, in a namespace of its own. */
function document(): StackDocument {
	const site = parseSite(mergePatch(lab, { cluster: { kubeconfig: plane.kubeconfig } }));
	const declaration: StackDeclaration = {
		name: "platform",
		purpose: "A volume",
		stateTier: 1,
		build: (scope) => {
			const stack = new InfraStack(scope, declaration);
			const namespace = new TieredNamespace(stack, "namespace", { name: "app", tier: tiers.aux });
			new Claim(stack, "backup", { namespace, name: "backup", holds: "bulk", capacity: 1024 ** 3 });
			return stack;
		},
	};
	const [stack] = new InfraApp({ site, stacks: [declaration], outdir: join(folder, "out") }).stacks;
	if (stack === undefined) throw new Error("there is no stack");
	return stack.synthesizeOnce();
}

const claims = (namespace: string) => `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;

beforeAll(async () => {
	if (!ready) return;
	const planeFolder = join(folder, "plane");
	mkdirSync(planeFolder);
	plane = await ControlPlane.start(planeFolder);
	terraform = new TerraformFolder(join(folder, "stack"), {});
	terraform.write(document());
	missing = await terraform.providersMissing();
	await plane.ask("POST", "/api/v1/namespaces", { metadata: { name: "alice" } });
});
beforeEach(({ skip }) => {
	if (missing !== undefined) skip(missing);
});
afterAll(async () => {
	await plane?.stop();
	rmSync(folder, { recursive: true });
});

test("a volume is not bound to the claim of somebody else who was first, and its own claim gets it", async () => {
	const { className } = parseSite(lab).storage.nfs;
	const claim = {
		metadata: { name: "mine" },
		spec: {
			accessModes: ["ReadWriteMany"],
			storageClassName: className,
			volumeName: "backup",
			resources: { requests: { storage: "1Gi" } },
		},
	};
	expect((await plane.ask("POST", claims("alice"), claim)).status).toBe(201);
	// The volume alone, as when it is replaced; whatever happens to the claim wakes the controller that binds.
	const { json } = document();
	const { kubernetes_persistent_volume_claim_v1: _, ...resource } = json.resource as Record<string, never>;
	terraform.write({ json: { ...json, resource } });
	await terraform.apply();
	for (let index = 0; index < 30; index++) {
		const touch = { metadata: { annotations: { touched: String(index) } } };
		await plane.ask("PATCH", `${claims("alice")}/mine`, touch);
		await sleep(100);
	}
	expect((await plane.ask("GET", `${claims("alice")}/mine`)).body.status.phase).toBe("Pending");
	terraform.write(document());
	await terraform.apply();
	await waitFor(
		"the stack's claim is bound",
		async () => (await plane.ask("GET", `${claims("app")}/backup`)).body.status?.phase === "Bound",
		{ within: 60_000, every: 200 },
	);
	expect((await plane.ask("GET", `${claims("alice")}/mine`)).body.status.phase).toBe("Pending");
	const { claimRef } = (await plane.ask("GET", "/api/v1/persistentvolumes/backup")).body.spec;
	expect(claimRef).toMatchObject({ namespace: "app", name: "backup" });
}, 240_000);

test("what the cluster notes of the claim is no change", async () => {
	expect(await terraform.plan()).toEqual([]);
});
