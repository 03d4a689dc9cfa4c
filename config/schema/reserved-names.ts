/**
 * Names that no user may take. A user's secrets are at `secret/<key>` beside those of the stacks, a namespace is the
 * name of a state key and of a role of an engine, and a domain is a host of the site
 * (docs/reference/owners.md#an-entry).
 */

/** Stacks of this and of related repositories: each has secrets, a namespace or a state key of its name. */
export const stackNames: ReadonlySet<string> = new Set([
	..."affine authentik calico-apiserver calico-system ci claude-agent cloudflared cnpg crowdsec dawarich".split(
		" ",
	),
	..."dbaas descheduler external-secrets forgejo frigate goldilocks grampsweb headscale homepage".split(" "),
	..."immich infra k8s-portal kubernetes-dashboard kyverno linkwarden locks mailserver metallb-system".split(
		" ",
	),
	..."monitoring n8n navidrome netbox nextcloud nvidia ollama onlyoffice openclaw paperless-ngx".split(" "),
	..."phpipam platform proxmox-csi proxmox-csi-encryption nfs-csi pvc-autoresizer local-path-storage rbac realestate-crawler".split(
		" ",
	),
	..."redis reloader resume send servarr shlink storage tandoor technitium traefik uptime-kuma vault".split(
		" ",
	),
	..."vaultwarden viktor vpa webhook-handler woodpecker woodpecker-infra woodpecker-pipelines ytdlp".split(
		" ",
	),
]);

/** Reserved as keys of users besides the stacks: identities that exist already. */
export const identityNames: ReadonlySet<string> = new Set(["admin", "default", "root", "system"]);

/** Host labels that every site keeps for itself, beside the `virtualHosts` of each. */
export const hostLabels: ReadonlySet<string> = new Set([
	..."authentik ci dns files forgejo git grafana headscale home imap k8s-portal keyserver mail".split(" "),
	..."mta-sts ns1 ns2 pfsense proxmox registry smtp status traefik vault vpn webhook webmail www".split(" "),
]);
