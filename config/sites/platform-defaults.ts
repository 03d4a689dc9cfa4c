import type { SiteInput } from "../schema/site.ts";
import { busyboxImage } from "./versions.ts";

/** Settings that the sites `home` and `lab` share. */
export const platformStackDefaults = {
	apiServer: {
		usernamePrefix: "oidc:",
		groupsPrefix: "oidc:",
		audit: { days: 7, files: 3, megabytes: 100 },
		etcdSnapshotCount: 50_000,
	},
} satisfies Partial<SiteInput["platform"]>;

/** Rules for a cluster with Kyverno. */
export const policyEngineDefaults = {
	untouchedNamespaces: ["kube-system", "metallb-system", "kyverno", "calico-system", "calico-apiserver"],
	tierLabelExceptions: ["kube-system", "metallb-system", "n8n"],
	exemptions: {
		privileged: ["frigate", "nvidia", "monitoring"],
		hostNamespaces: ["frigate", "monitoring"],
		sysAdmin: ["nvidia", "monitoring"],
	},
	trustedRegistries: ["docker.io/*", "ghcr.io/*", "quay.io/*", "registry.k8s.io/*"],
	waitImage: busyboxImage,
	cleanupSchedule: "15 * * * *",
} satisfies SiteInput["platform"]["policyEngine"];
