import { type CloudConfig, fileAt } from "./cloud-config.ts";

/**
 * What every machine gets (docs/reference/storage.md#machines). Accounts are not part of it: Proxmox adds the
 * operator's with SSH keys alone, and passwords are refused.
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
		// The disks are thin: what the guest deletes goes back to the pool once a week.
		["systemctl", "enable", "--now", "fstrim.timer", "qemu-guest-agent.service"],
	],
};
