import tlds from "tlds" with { type: "json" };

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
	..."dbaas descheduler external-secrets forgejo frigate goldilocks grampsweb headscale infra-robot homepage".split(
		" ",
	),
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

/**
 * Host labels that every site keeps for itself, beside the `virtualHosts` of each; with those that clients look up by
 * themselves: mail programs (RFC 6186, RFC 6764), browsers for a proxy, OpenPGP (draft-koch-openpgp-webkey-service).
 */
export const hostLabels: ReadonlySet<string> = new Set([
	..."authentik autoconfig autodiscover caldav carddav ci dns files forgejo git grafana headscale".split(" "),
	..."home imap isatap k8s-portal keyserver localhost mail".split(" "),
	..."mta-sts ns1 ns2 openpgpkey pfsense pop pop3 proxmox registry smtp status traefik vault vpn webhook webmail wpad www".split(
		" ",
	),
]);

/**
 * Names that end names of hosts: a resolver in a pod tries its search domains first, so that a Service `github` in a
 * namespace `com` would answer for `github.com` in every pod (resolv.conf(5), `ndots`). Top-level domains, names for
 * special use (RFC 6761, RFC 7686, RFC 9476), private ones, and those inside the cluster's domain.
 */
export const lastLabels: ReadonlySet<string> = new Set([
	...tlds,
	..."alt example internal invalid local localhost onion test".split(" "),
	..."belkin corp domain home host intranet lan localdomain mail private workgroup".split(" "),
	..."cluster pod svc".split(" "),
]);
