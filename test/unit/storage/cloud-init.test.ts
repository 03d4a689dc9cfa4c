import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { loadSite } from "../../../config/load-site.ts";
import {
	type CloudConfig,
	extend,
	renderCloudConfig,
} from "../../../constructs/storage/hypervisor/cloud-init/cloud-config.ts";
import { provisionFile } from "../../../constructs/storage/hypervisor/cloud-init/provision.ts";
import { registryProxyConfig } from "../../../constructs/storage/hypervisor/cloud-init/registry-proxy-config.ts";

const site = await loadSite("home");
const kinds = ["plain", "kubernetes-node", "image-registry"] as const;
const read = (kind: (typeof kinds)[number]): CloudConfig => parse(provisionFile(kind, site));

function contentOf(config: CloudConfig, path: string): string {
	const file = config.write_files?.find((one) => one.path === path);
	if (file === undefined) throw new Error(`nothing is written to ${path}`);
	return file.content;
}

const commandsOf = (config: CloudConfig) => (config.runcmd ?? []).map((words) => words.join(" "));

describe.for(kinds)("a machine of kind %s", (kind) => {
	test("has a file that cloud-init recognises", () => {
		expect(provisionFile(kind, site)).toMatch(/^#cloud-config\n/);
	});

	test("refuses passwords and holds none", () => {
		expect(read(kind).ssh_pwauth).toBe(false);
		expect(read(kind)).not.toHaveProperty("users");
		expect(read(kind)).not.toHaveProperty("chpasswd");
	});

	test("starts the agent that the hypervisor talks to", () => {
		expect(read(kind).packages).toContain("qemu-guest-agent");
		expect(commandsOf(read(kind))).toContain("systemctl enable --now fstrim.timer qemu-guest-agent.service");
	});
});

describe("a Kubernetes node", () => {
	const node = read("kubernetes-node");

	test("gives its pods 310 s at a shutdown, its kubelet 420 s, and holds the shutdown up for 480 s", () => {
		const kubelet = parse(contentOf(node, "/etc/kubernetes/kubelet.conf.d/10-machine.conf"));
		const graces = kubelet.shutdownGracePeriodByPodPriority.map(
			(entry: { shutdownGracePeriodSeconds: number }) => entry.shutdownGracePeriodSeconds,
		);
		expect(graces.reduce((sum: number, grace: number) => sum + grace, 0)).toBe(310);
		expect(contentOf(node, "/etc/systemd/system/kubelet.service.d/20-shutdown.conf")).toContain("=420\n");
		expect(contentOf(node, "/etc/systemd/logind.conf.d/10-shutdown.conf")).toContain("=480\n");
	});

	test("asks the cache for an image before the registry itself", () => {
		expect(contentOf(node, "/etc/containerd/certs.d/docker.io/hosts.toml")).toBe(
			'server = "https://registry-1.docker.io"\n\n[host."http://10.0.20.10:5000"]\ncapabilities = ["pull", "resolve"]\n',
		);
	});

	test("finds the private registry by its name and by its address", () => {
		for (const name of ["registry.viktorbarzin.me", "10.0.20.10:5050"])
			expect(contentOf(node, `/etc/containerd/certs.d/${name}/hosts.toml`)).toContain(
				'[host."https://10.0.20.10:5050"]',
			);
	});

	test("installs Kubernetes of the cluster's version and holds it", () => {
		expect(node.apt?.sources["kubernetes.list"]?.source).toContain("/v1.34/");
		expect(commandsOf(node)).toContain("apt-mark hold containerd.io kubeadm kubectl kubelet");
	});

	test("never upgrades unattended", () => {
		expect(commandsOf(node)).toContain("apt-get purge --yes unattended-upgrades");
	});

	test("joins no cluster by itself: a token would lie in the snippet", () => {
		expect(provisionFile("kubernetes-node", site)).not.toMatch(/kubeadm join|--token/);
	});

	test("has nothing of iSCSI", () => {
		expect(provisionFile("kubernetes-node", site)).not.toMatch(/iscsi/i);
	});
});

describe("the image registry", () => {
	const registry = read("image-registry");
	const services = (project: string) =>
		parse(contentOf(registry, `/opt/registry/${project}/compose.yaml`)).services;

	test("has a cache for each public registry, with metrics one port above", () => {
		const { dockerhub, ghcr } = services("caches");
		expect([dockerhub.environment.REGISTRY_PROXY_REMOTEURL, dockerhub.ports]).toEqual([
			"https://registry-1.docker.io",
			["5001:5001"],
		]);
		expect([ghcr.environment.REGISTRY_PROXY_REMOTEURL, ghcr.ports]).toEqual([
			"https://ghcr.io",
			["5011:5011"],
		]);
	});

	test("starts its caches without any secret", () => {
		expect(services("caches").dockerhub.env_file).toEqual([
			{ path: "/opt/registry/secrets/dockerhub.env", required: false },
		]);
		expect(contentOf(registry, "/etc/systemd/system/image-caches.service")).not.toContain("secrets");
	});

	test("starts the private registry only once the operator has put its secrets into place", () => {
		const unit = contentOf(registry, "/etc/systemd/system/private-registry.service");
		for (const file of ["tls.crt", "tls.key", "htpasswd"])
			expect(unit).toContain(`ConditionPathExists=/opt/registry/secrets/${file}\n`);
	});
});

test("the proxy of the caches keeps layers, never manifests", () => {
	const { imageRegistry } = site.hypervisor;
	const text = registryProxyConfig({
		...imageRegistry,
		caches: { hub: { registry: "a.test", remote: "https://a.test", port: 1234 } },
	});
	const [, layers = "", everythingElse = ""] = text.split("location ");
	expect(layers).toMatch(/^~ \^\/v2\/\.\+\/blobs\/sha256: \{[^}]*proxy_cache blobs;/);
	expect(everythingElse).not.toContain("proxy_cache");
	expect(text).toContain("listen 1234;");
});

test("a configuration on top of another adds to its lists and replaces its values", () => {
	const base: CloudConfig = { ssh_pwauth: false, packages: ["a"], runcmd: [["true"]] };
	expect(extend(base, { ssh_pwauth: true, packages: ["b"] })).toEqual({
		ssh_pwauth: true,
		packages: ["a", "b"],
		write_files: [],
		runcmd: [["true"]],
	});
});

test("long lines are written as they are", () => {
	const line = "word ".repeat(60).trim();
	expect(renderCloudConfig({ packages: [line] })).toBe(`#cloud-config\npackages:\n  - ${line}\n`);
});
