import { describe, expect, test } from "vitest";
import { loadSite } from "../../../config/load-site.ts";
import { loadStack } from "../../../stacks/catalogue.ts";
import { InfraApp } from "../../../stacks/infra-app.ts";
import { at } from "../../synth.ts";

const storage = await loadStack("storage");

const app = new InfraApp({ site: await loadSite("home"), stacks: [storage] });
const resources = app.check().documents.flatMap((document) => document.resources);

/** The object of a type with a name. */
function named(type: string, name: string) {
	const found = resources.find((one) => one.type === type && at(one, "metadata.name") === name);
	if (found === undefined) throw new Error(`no ${type} is called ${name}`);
	return found;
}

const classes = () => resources.filter(({ type }) => type === "kubernetes_storage_class_v1");
const classNamed = (name: string) => named("kubernetes_storage_class_v1", name);

describe("classes", () => {
	test("of block volumes alone are grown", () => {
		const grown = classes().filter(
			(one) => (at(one, "metadata.annotations") as Record<string, unknown>)?.["resize.topolvm.io/enabled"],
		);
		expect(grown.map((one) => at(one, "metadata.name"))).toEqual(["proxmox-lvm", "proxmox-lvm-encrypted"]);
	});

	test("on LUKS take one passphrase when a volume is opened and when it grows", () => {
		expect(at(classNamed("proxmox-lvm-encrypted"), "parameters")).toMatchObject({
			"csi.storage.k8s.io/node-stage-secret-name": "proxmox-csi-encryption",
			"csi.storage.k8s.io/node-stage-secret-namespace": "kube-system",
			"csi.storage.k8s.io/node-expand-secret-name": "proxmox-csi-encryption",
			"csi.storage.k8s.io/node-expand-secret-namespace": "kube-system",
		});
	});

	test("on NFS mount alike", () => {
		for (const name of ["nfs-truenas", "nfs-proxmox"])
			expect(at(classNamed(name), "mount_options")).toEqual([
				"nfsvers=4",
				"soft",
				"timeo=30",
				"retrans=3",
				"actimeo=5",
			]);
	});
});

describe("secrets", () => {
	test("reach the driver as a file that only the cluster sees in full", () => {
		const config = named("kubernetes_secret_v1", "proxmox-csi-config");
		const [text = ""] = Object.values(config.arguments.data_wo as Record<string, string>);
		// What Terraform would put in its place.
		const rendered = JSON.parse(text.replace(/\$\{jsonencode\([^}]*\)\}/g, '"from Vault"'));
		expect(rendered.clusters).toEqual([
			{
				url: "https://192.168.1.127:8006/api2/json",
				insecure: true,
				token_id: "from Vault",
				token_secret: "from Vault",
				region: "pve",
			},
		]);
	});

	test("that open volumes cannot be destroyed", () => {
		const luks = named("kubernetes_secret_v1", "proxmox-csi-encryption");
		expect(Object.keys(luks.arguments.data_wo as object)).toEqual(["encryption-passphrase"]);
		expect(at(luks, "lifecycle.prevent_destroy")).toBe(true);
	});
});

describe("the local-path provisioner", () => {
	test("has a token, and its helpers on the nodes have none", () => {
		const account = named("kubernetes_service_account_v1", "local-path-provisioner");
		const pod = at(named("kubernetes_deployment_v1", "local-path-provisioner"), "spec.template.spec");
		expect(account.arguments.automount_service_account_token).toBe(false);
		expect(pod).toMatchObject({ automount_service_account_token: true });
	});

	test("makes pods in its own namespace only", () => {
		const pods = (type: string) =>
			(named(type, "local-path-provisioner").arguments.rule as { resources: string[]; verbs: string[] }[])
				.filter(({ resources }) => resources.includes("pods"))
				.flatMap(({ verbs }) => verbs);
		expect(pods("kubernetes_cluster_role_v1")).toEqual([]);
		expect(pods("kubernetes_role_v1")).toContain("create");
	});
});

test("every node is found by the driver, the control plane included", () => {
	const labels = resources.filter(({ type }) => type === "kubernetes_labels");
	expect(labels.map((one) => at(one, "metadata.name"))).toEqual([
		"k8s-master",
		"k8s-node1",
		"k8s-node2",
		"k8s-node3",
		"k8s-node4",
	]);
	expect(labels[0]?.arguments.labels).toEqual({
		"topology.kubernetes.io/region": "pve",
		"topology.kubernetes.io/zone": "pve",
		"node.csi.proxmox.sinextra.dev/name": "k8s-master",
	});
});

test("the restore tool can stop a workload, and change nothing else of it", () => {
	const rules = named("kubernetes_cluster_role_v1", "pve-snapshot-admin").arguments.rule as {
		resources: string[];
		verbs: string[];
	}[];
	const writable = rules
		.filter(({ verbs }) => verbs.includes("update"))
		.flatMap(({ resources }) => resources);
	expect(writable).toEqual(["deployments/scale", "statefulsets/scale"]);
});
