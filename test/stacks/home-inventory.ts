/**
 * Names under which the data of the reference world lies, as its cluster, its NFS server and its Vault listed them on
 * 2026-04-19. They are the identity of that data: a stack that writes another name starts on a new and empty volume
 * beside the old one. A line changes when the data has moved, and not before.
 */
export const inventory = {
	/** Namespaces of the stacks' own. */
	namespaces: [
		"cloudflared",
		"local-path-storage",
		"mailserver",
		"nfs-csi",
		"proxmox-csi",
		"pvc-autoresizer",
		"redis",
		"vault",
		"woodpecker",
	],
	/** Claims by namespace. */
	claims: [
		"mailserver/mailserver-backup-host",
		"mailserver/mailserver-data-encrypted",
		"mailserver/roundcube-backup-host",
		"mailserver/roundcubemail-enigma-encrypted",
		"mailserver/roundcubemail-html-encrypted",
		"redis/redis-backup-host",
		"redis/redis-data-redis-node-0",
		"redis/redis-data-redis-node-1",
		"vault/audit-vault-0",
		"vault/audit-vault-1",
		"vault/audit-vault-2",
		"vault/data-vault-0",
		"vault/data-vault-1",
		"vault/data-vault-2",
		"vault/vault-backup-host",
	],
	/** Static volumes, and the directory of the NFS server behind each. */
	volumes: {
		"mailserver-backup-host": "/srv/nfs/mailserver-backup",
		"redis-backup-host": "/srv/nfs/redis-backup",
		"roundcube-backup-host": "/srv/nfs/roundcube-backup",
		"vault-backup-host": "/srv/nfs/vault-backup",
	},
	/** Where pods have a volume, or the directory of it that is named. */
	places: {
		"mailserver/mailserver /var/mail": "data",
		"mailserver/mailserver /var/mail-state": "state",
		"mailserver/mailserver /var/log/mail": "log",
		"mailserver/roundcubemail /var/www/html": "",
		"mailserver/roundcubemail /var/roundcube/enigma": "",
		"redis/redis-node /data": "",
	},
	/** Storage classes of the claims: a claim of another one is another volume. */
	classes: {
		"mailserver/mailserver-backup-host": "nfs-truenas",
		"mailserver/mailserver-data-encrypted": "proxmox-lvm-encrypted",
		"mailserver/roundcube-backup-host": "nfs-truenas",
		"mailserver/roundcubemail-enigma-encrypted": "proxmox-lvm-encrypted",
		"mailserver/roundcubemail-html-encrypted": "proxmox-lvm-encrypted",
		"redis/redis-backup-host": "nfs-truenas",
		"vault/vault-backup-host": "nfs-truenas",
	},
	/** Engines of Vault that keep something. */
	vaultMounts: ["database", "secret", "transit"],
	/** Keys of the transit engine that open states of stacks: without its key a state opens for the keys of age alone. */
	stateKeys: ["sops-state-platform", "sops-state-vault"],
	/** Machines of the hypervisor that are declared, by number: a machine of another number is another machine. */
	machines: { 200: "pve", 202: "pve", 220: "pve" },
	/** Zones whose records are written. */
	zones: ["viktorbarzin.me"],
} as const;

/** What the stacks have beside that, with nothing of the reference world's in it. */
export const additions = {
	namespaces: ["woodpecker-infra", "woodpecker-pipelines-alice"],
	claims: ["redis/redis-data-redis-node-2"],
	stateKeys: ["sops-state-storage"],
} as const;
