import type { SiteInput } from "../schema/site.ts";
import { busyboxImage, pythonImage, vaultImage } from "./versions.ts";

/** Settings that the sites `home` and `lab` share. */
export const woodpeckerDefaults = {
	chart: { repository: "oci://ghcr.io/woodpecker-ci/helm", chart: "woodpecker", version: "3.6.5" },
	images: {
		server: "docker.io/woodpeckerci/woodpecker-server:v3.17.0",
		agent: "docker.io/woodpeckerci/woodpecker-agent:v3.17.0",
		sync: pythonImage,
		init: busyboxImage,
		clone: "docker.io/woodpeckerci/plugin-git:2.8.0",
		privileged: ["docker.io/woodpeckerci/plugin-docker-buildx:6.1.0"],
		vault: vaultImage,
		kubectl: "docker.io/alpine/k8s:1.34.1",
	},
	memory: { server: "256Mi", agent: "128Mi" },
	registration: { kind: "closed" },
	secretsEntry: "woodpecker",
	tenants: {
		agents: 1,
		workflows: 2,
		volume: "10Gi",
		quota: { cpuRequests: "8", memoryRequests: "8Gi", memoryLimits: "16Gi", pods: 30 },
	},
	// One apply at a time needs no more, and a plan of every stack takes six gibibytes.
	infrastructure: {
		machine: "ci-infra",
		agents: 1,
		workflows: 2,
		volume: "10Gi",
		quota: { cpuRequests: "4", memoryRequests: "8Gi", memoryLimits: "16Gi", pods: 20 },
	},
	sync: { machine: "woodpecker-sync", schedule: "0 */6 * * *" },
} satisfies Partial<SiteInput["woodpecker"]>;
