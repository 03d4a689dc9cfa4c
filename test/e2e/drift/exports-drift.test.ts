import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { thisMachine } from "../../../clients/host/target.ts";
import { loadSite } from "../../../config/load-site.ts";
import { projectRoot } from "../../../config/project-root.ts";
import { renderExports } from "../../../constructs/storage/exports/render-exports.ts";
import { needs } from "../harness/needs.ts";
import { ExportsLab } from "../storage/exports-lab.ts";

needs("root", "exportfs");

const site = await loadSite("lab");
const ssh = { user: "root", port: 22, hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA" };
const world = {
	storage: {
		kubernetes_storage_class_v1: {
			nfs: {
				metadata: { name: "nfs" },
				storage_provisioner: "nfs.csi.k8s.io",
				parameters: { server: site.network.hosts[site.storage.nfs.server]?.address, share: "/srv/nfs" },
			},
		},
	},
};

interface Report {
	readonly drifted: readonly {
		readonly what: string;
		readonly address: string;
		readonly arguments: readonly unknown[];
	}[];
	readonly errors: readonly string[];
	readonly sources: readonly {
		readonly name: string;
		readonly outcome: string;
		readonly remarks: readonly string[];
	}[];
}

/** `infra drift --json` on a machine from which the NFS server is reached by ssh. */
async function drift(
	lab: ExportsLab,
	login: object | null = ssh,
): Promise<{ code: number; storage: Report }> {
	const program = lab.inside([
		process.execPath,
		join(projectRoot, "test/e2e/harness/drift-program.ts"),
		"drift",
		"--json",
	]);
	// Nothing is made in a cluster, so nobody asks this one.
	const kubeconfig = join(lab.folder, "kubeconfig");
	writeFileSync(
		kubeconfig,
		JSON.stringify({
			apiVersion: "v1",
			kind: "Config",
			clusters: [{ name: "none", cluster: { server: "https://127.0.0.1:1" } }],
			contexts: [{ name: "none", context: { cluster: "none", user: "" } }],
			"current-context": "none",
		}),
	);
	const given = {
		cluster: { kubeconfig },
		state: { tier1: { kind: "local", directory: join(lab.folder, "state") } },
		storage: { nfs: { ssh: login } },
	};
	const environment = {
		DRIFT_WORLD: JSON.stringify(world),
		DRIFT_SITE: JSON.stringify(given),
		CDKTF_OUTDIR: join(lab.folder, "out"),
	};
	const pairs = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
	const { code, stdout, stderr } = await thisMachine.run(["env", ...pairs, ...program]);
	if (stdout === "") throw new Error(stderr);
	return { code, storage: JSON.parse(stdout).stacks[0] };
}

test("the table of a server that is changed by hand is drift of the stack that mounts it", async () => {
	const lab = await ExportsLab.start();
	// As sshd does: a shell gets the last argument.
	lab.standIn("ssh", 'eval "last=\\${$#}"; exec sh -c "$last"');
	await lab.copyThenReload(renderExports(site));
	const clean = await drift(lab);
	expect([clean.code, clean.storage.sources], clean.storage.errors.join()).toEqual([
		0,
		[{ name: "exports", outcome: "clean", remarks: [] }],
	]);

	await lab.shell("exportfs -o rw,sync,no_subtree_check 198.51.100.7:/srv/media");
	const byHand = await drift(lab);
	expect([byHand.code, byHand.storage.drifted]).toMatchObject([
		2,
		[
			{
				what: "changed",
				address: expect.stringMatching(/^exports \S+: the table in force$/),
				arguments: [{ path: "/srv/media for 198.51.100.7 is exported, and should not be" }],
			},
		],
	]);

	await lab.copyThenReload(renderExports(site).replace("root_squash", "no_root_squash"));
	await lab.shell("echo '/srv/media *(ro)' >/etc/exports.d/more.exports");
	const { storage } = await drift(lab);
	expect(
		storage.drifted.map(({ what, address }) => `${what} ${address.replace(/^exports \S+: /, "")}`),
	).toEqual(["changed /etc/exports", "changed the table in force", "unmanaged /etc/exports.d/more.exports"]);

	lab.standIn("ssh", "echo 'Connection timed out' >&2; exit 255");
	const dead = await drift(lab);
	expect(dead).toMatchObject({
		code: 1,
		storage: {
			outcome: "error",
			errors: [expect.stringMatching(/^exports: no connection to root@.*: Connection timed out$/)],
			sources: [{ name: "exports", outcome: "error" }],
		},
	});
	const unknown = await drift(lab, null);
	expect(unknown).toMatchObject({
		storage: { sources: [{ outcome: "left out", remarks: [expect.stringContaining("storage.nfs.ssh")] }] },
	});
}, 400_000);
