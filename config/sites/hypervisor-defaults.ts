import type { SiteInput } from "../schema/site.ts";

/** Ubuntu 24.04, the release of that date; the checksum is from its signed list. */
const ubuntu = {
	url: "https://cloud-images.ubuntu.com/noble/20260911/noble-server-cloudimg-amd64.img",
	sha256: "612b2c0cc1bc413a6cb8c38fd611794caf0f2b436c50013d8b3794db12ad7354",
};

const size = { cores: 8, memory: "8Gi", disk: "8Gi" };

/** Settings that the hypervisors of both sites share. */
export const hypervisorDefaults = {
	files: "local",
	images: { "ubuntu-2404": ubuntu },
	templates: {
		"ubuntu-2404-cloudinit-non-k8s-template": {
			...size,
			id: 1000,
			image: "ubuntu-2404",
			provision: "plain",
		},
		"docker-registry-template": { ...size, id: 1001, image: "ubuntu-2404", provision: "image-registry" },
		"ubuntu-2404-cloudinit-k8s-template": {
			...size,
			id: 2000,
			image: "ubuntu-2404",
			provision: "kubernetes-node",
		},
	},
	kubernetesNode: {
		version: "v1.34",
		swap: "4Gi",
		shutdown: {
			pods: [
				{ priority: 0, grace: "20s" },
				{ priority: 200_000, grace: "20s" },
				{ priority: 400_000, grace: "30s" },
				{ priority: 600_000, grace: "30s" },
				{ priority: 800_000, grace: "90s" },
				{ priority: 1_000_000, grace: "30s" },
				{ priority: 1_200_000, grace: "30s" },
				{ priority: 2_000_000_000, grace: "30s" },
				{ priority: 2_000_001_000, grace: "30s" },
			],
			kubeletStop: "420s",
			inhibitDelay: "480s",
		},
	},
} satisfies Partial<SiteInput["hypervisor"]>;

/** Settings of the image registry, without its names. */
export const imageRegistryDefaults = {
	images: {
		registry: "docker.io/library/registry:3.0.0",
		nginx: "docker.io/library/nginx:1.28.0-alpine",
		ui: "docker.io/joxit/docker-registry-ui:2.5.7",
	},
	// Only these two: the caches of other registries served truncated images.
	caches: {
		dockerhub: { registry: "docker.io", remote: "https://registry-1.docker.io", port: 5000 },
		ghcr: { registry: "ghcr.io", remote: "https://ghcr.io", port: 5010 },
	},
	uiPort: 8080,
} satisfies Partial<SiteInput["hypervisor"]["imageRegistry"]>;
