import { execFileSync, spawnSync } from "node:child_process";
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
		const spec = { replicas: 2, serviceName: name, selector: { matchLabels }, template };
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
	const state = temporaryFolder();
	/** Runs commands with the functions of the programs. */
	const shell = (commands: string, claim: string) =>
		spawnSync(
			"bash",
			[
				"-ec",
				`STATE=$1; INFRA_BACKUP_SETTINGS=/dev/null . "$2/common.sh"; . "$2/workloads.sh"
				KUBECONFIG_FILE=$3 namespace=default; ${commands}`,
				"shell",
				state,
				script,
				plane.kubeconfig,
				claim,
			],
			{ encoding: "utf8" },
		);
	const users = (claim: string) => shell('users_of "$4"', claim).stdout;
	await expect.poll(() => users("mail"), { timeout: 60_000 }).toBe("Deployment/mail\n");
	expect(users("photos")).toBe("Pod/by-hand\n");
	await expect.poll(() => users("web"), { timeout: 60_000 }).toBe("StatefulSet/web\n");
	expect(users("nothing")).toBe("");

	// A restore is killed once it has stopped a workload: the next one knows it, and how many replicas it had.
	expect(shell('find_workload "$4"; stop_workload; kill -9 $$', "mail")).toMatchObject({
		signal: "SIGKILL",
		stderr: expect.stringContaining("deployment.apps/mail scaled"),
	});
	const mail = async () => (await plane.ask("GET", "/apis/apps/v1/namespaces/default/deployments/mail")).body;
	const stopped = await mail();
	expect([stopped.spec.replicas, stopped.metadata.annotations["infra/replicas-before-restore"]]).toEqual([
		0,
		"2",
	]);
	await expect.poll(() => users("mail"), { timeout: 60_000 }).toBe("");
	const again = "kubectl -n default scale Deployment/mail --replicas=2";
	expect(shell("report_stopped", "mail").stderr).toContain(again);
	expect(shell('find_workload "$4"; echo "$workload $replicas"', "mail").stdout).toBe("Deployment/mail 2\n");
	const [, , ...args] = again.split(" ").slice(1);
	execFileSync("kubectl", ["--kubeconfig", plane.kubeconfig, "-n", "default", ...args], { stdio: "pipe" });
	expect((await mail()).spec.replicas).toBe(2);
	expect(shell("report_stopped", "mail").stderr).toBe("");
	expect(shell('kube annotate Deployment/"$4" infra/replicas-before-restore-', "mail").status).toBe(0);
	expect((await mail()).metadata.annotations).not.toHaveProperty("infra/replicas-before-restore");
});
