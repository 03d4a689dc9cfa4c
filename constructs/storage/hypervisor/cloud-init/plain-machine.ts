import { type CloudConfig, fileAt } from "./cloud-config.ts";

/**
 * Configuration of every machine (docs/reference/storage.md#machines). It has no accounts: Proxmox adds that of the
 * operator, with SSH keys only, and password logins are off.
 */
export const plainMachine: CloudConfig = {
	ssh_pwauth: false,
	package_update: true,
	package_upgrade: true,
	packages: [
		"apt-transport-https",
		"ca-certificates",
		"cloud-guest-utils",
		"curl",
		"gpg",
		"htop",
		"jq",
		"net-tools",
		"qemu-guest-agent",
		"tcpdump",
		"tmux",
		"tree",
		"vim",
		"wget",
		"zsh",
	],
	write_files: [fileAt("/etc/systemd/journald.conf.d/10-retention.conf", "journald-retention.conf")],
	runcmd: [
		["systemctl", "restart", "systemd-journald"],
		// The disks are thin: a weekly trim returns deleted blocks to the pool.
		["systemctl", "enable", "--now", "fstrim.timer", "qemu-guest-agent.service"],
	],
};
