import type { Changes } from "../change.ts";

export const vaultServer: Changes = {
	"vault.server.kind": {
		to: "external",
		effect: "step",
		with: {
			vault: {
				server: {
					chart: null,
					image: null,
					replicas: null,
					memory: null,
					dataVolume: null,
					auditVolume: null,
					toleratedTaints: null,
					unsealSecret: null,
					kubernetesHost: "https://192.0.2.19:6443",
					kubernetesCa: "-----BEGIN CERTIFICATE-----\nZHVtbXk=\n-----END CERTIFICATE-----\n",
				},
			},
			acceptedRisks: { "vault-without-tls": null },
		},
	},
	"vault.server.chart.repository": { to: "https://new-helm.releases.hashicorp.com", effect: "in place" },
	"vault.server.chart.chart": { to: "vault-new", effect: "in place" },
	"vault.server.chart.version": { to: "0.34.2", effect: "in place" },
	"vault.server.image": { to: "docker.io/hashicorp/vault:2.0.5", effect: "in place" },
	"vault.server.replicas": { to: 5, effect: "in place" },
	"vault.server.memory": { to: "768Mi", effect: "in place" },
	"vault.server.dataVolume": { to: "4Gi", effect: "step" },
	"vault.server.auditVolume": { to: "4Gi", effect: "step" },
	"vault.server.toleratedTaints": { to: ["nvidia.com/gpu", "nvidia.com/gpu-new"], effect: "in place" },
	"vault.server.unsealSecret.name": { to: "vault-unseal-key-new", effect: "in place" },
	"vault.server.unsealSecret.key": { to: "unseal-key-new", effect: "in place" },
	"vault.server.kubernetesHost": { to: "https://127.0.0.1:16444", effect: "in place", on: "lab" },
	"vault.server.kubernetesCa": {
		to: "-----BEGIN CERTIFICATE-----\nZHVtbXkx\n-----END CERTIFICATE-----\n",
		effect: "in place",
		on: "lab",
	},
	"vault.server.tokenVersion": { to: 2, effect: "in place", on: "lab" },
};
