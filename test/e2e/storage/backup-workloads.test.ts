import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { projectRoot } from "../../../config/project-root.ts";
import { temporaryFolder } from "../../synth.ts";
import { ControlPlane, controlPlanePrograms } from "../harness/control-plane.ts";
import { needsPrograms } from "../harness/programs.ts";

needsPrograms(...controlPlanePrograms, "kubectl");

const namespace = "/api/v1/namespaces/default";

const uses = (claim: string) => ({
	volumes: [
		{ name: "scratch", emptyDir: {} },
		{ name: "data", persistentVolumeClaim: { claimName: claim } },
	],
	containers: [{ name: "app", image: "docker.io/library/busybox:1.37" }],
});

test("who uses a claim is told by a real API server as the programs read it", async () => {
	const plane = await ControlPlane.start(temporaryFolder(), {
		"disable-admission-plugins": "ServiceAccount",
	});
	onTestFinished(() => plane.stop());
	const make = async (path: string, body: object) =>
		expect((await plane.ask("POST", path, body)).status, path).toBe(201);
	for (const [kind, name] of [
		["deployments", "mail"],
		["statefulsets", "web"],
	] as const) {
		const matchLabels = { app: name };
		const template = { metadata: { labels: matchLabels }, spec: uses(name) };
		const spec = { replicas: 1, serviceName: name, selector: { matchLabels }, template };
		await make(`/apis/apps/v1/namespaces/default/${kind}`, { metadata: { name }, spec });
	}
	// Pods of nobody: one waits for its claim, the others have ended.
	for (const [name, claim, phase] of [
		["by-hand", "photos", undefined],
		["backup-1", "photos", "Succeeded"],
		["backup-2", "mail", "Failed"],
	] as const) {
		await make(`${namespace}/pods`, { metadata: { name }, spec: uses(claim) });
		if (phase === undefined) continue;
		const path = `${namespace}/pods/${name}/status`;
		expect((await plane.ask("PATCH", path, { status: { phase } })).body.status.phase).toBe(phase);
	}
	const script = join(projectRoot, "constructs/storage/backup/scripts");
	const users = (claim: string) =>
		execFileSync(
			"bash",
			[
				"-ec",
				`INFRA_BACKUP_SETTINGS=/dev/null STATE=/nowhere . "$1/common.sh"; . "$1/workloads.sh"
				KUBECONFIG_FILE=$2 namespace=default; users_of "$3"`,
				"users",
				script,
				plane.kubeconfig,
				claim,
			],
			{ encoding: "utf8" },
		);
	await expect.poll(() => users("mail"), { timeout: 20_000 }).toBe("Deployment/mail\n");
	expect(users("photos")).toBe("Pod/by-hand\n");
	await expect.poll(() => users("web"), { timeout: 20_000 }).toBe("StatefulSet/web\n");
	expect(users("nothing")).toBe("");
});
