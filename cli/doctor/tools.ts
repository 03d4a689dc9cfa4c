import { terraformTool } from "../../engine/binary.ts";
import { lowest, type Tool } from "../../engine/tool.ts";
import { networkPlugins } from "../../lab/node/node-files.ts";
import manifest from "../../package.json" with { type: "json" };

const unitTests = "tests of rendered configuration";
const redisLab = "end-to-end tests of redis";
const backups = "end-to-end tests of backups";
const setup = "tests of the newcomer's setup script";
const mailPaths = "end-to-end tests of mail";

/** Every such program, stated once: `infra doctor` prints it, the tests install from it. */
export const tools: readonly Tool[] = [
	{
		commands: [process.execPath],
		args: ["--version"],
		needed: lowest(manifest.engines.node),
		enables: "everything; npm ci installs it",
		base: true,
	},
	terraformTool,
	{
		commands: ["sops"],
		args: ["--version", "--disable-version-check"],
		needed: "3.9",
		enables: "states that are kept encrypted, and secrets/",
	},
	{
		commands: ["psql"],
		args: ["--version"],
		enables: "states in PostgreSQL: their locks",
		debianPackage: "postgresql-client",
	},
	{
		commands: ["haproxy"],
		args: ["-v"],
		needed: "2.6",
		enables: `${unitTests}, ${redisLab}`,
		debianPackage: "haproxy",
	},
	{
		commands: ["promtool"],
		args: ["--version"],
		enables: "tests of alert rules",
		debianPackage: "prometheus",
	},
	{
		commands: ["prometheus-pushgateway"],
		args: ["--version"],
		enables: "end-to-end tests of drift",
		debianPackage: "prometheus-pushgateway",
	},
	{
		commands: ["cloud-init"],
		args: ["--version"],
		needed: "22.4",
		enables: "tests of cloud-init files",
		debianPackage: "cloud-init",
	},
	{
		commands: ["systemd-analyze"],
		args: ["--version"],
		enables: "tests of systemd units",
		debianPackage: "systemd",
	},
	{
		commands: ["nginx"],
		args: ["-v"],
		enables: "tests of the registry's proxy",
		debianPackage: "nginx-light",
	},
	{
		commands: ["bwrap"],
		args: ["--version"],
		enables: "infra proposal, and its tests",
		debianPackage: "bubblewrap",
	},
	{
		commands: ["shellcheck"],
		args: ["--version"],
		enables: "tests of shell scripts",
		debianPackage: "shellcheck",
	},
	{
		commands: ["redis-server"],
		args: ["--version"],
		needed: "7.0",
		enables: redisLab,
		debianPackage: "redis-server",
	},
	{
		commands: ["redis-sentinel"],
		args: ["--version"],
		needed: "7.0",
		enables: redisLab,
		debianPackage: "redis-sentinel",
	},
	{
		commands: ["redis-cli"],
		args: ["--version"],
		needed: "7.0",
		enables: redisLab,
		debianPackage: "redis-tools",
	},
	{ commands: ["cc"], args: ["--version"], enables: "the soak of redis", debianPackage: "gcc" },
	{ commands: ["dnsmasq"], args: ["--version"], enables: redisLab, debianPackage: "dnsmasq-base" },
	{ commands: ["wget"], args: ["--version"], enables: "tests of backup scripts", debianPackage: "wget" },
	{
		commands: ["kubectl"],
		args: ["version", "--client"],
		enables: "onboard, drift: the look at the cluster from outside",
	},
	{
		commands: ["crowdsec"],
		args: ["-version"],
		unversioned: true,
		enables: "end-to-end tests of what CrowdSec reads in the mail log",
		debianPackage: "crowdsec",
	},
	{ commands: ["curl"], args: ["--version"], enables: setup, debianPackage: "curl" },
	{ commands: ["unzip"], args: ["-v"], enables: setup, debianPackage: "unzip" },
	{ commands: ["ip"], args: ["-V"], enables: redisLab, debianPackage: "iproute2" },
	{
		commands: ["pg_ctlcluster"],
		args: ["--version"],
		unversioned: true,
		enables: "end-to-end tests of Vault's database engine",
		debianPackage: "postgresql",
	},
	{
		commands: ["exportfs"],
		args: ["-h"],
		unversioned: true,
		enables: "exports check, end-to-end tests of the NFS exports",
		debianPackage: "nfs-kernel-server",
	},
	{
		commands: ["ssh"],
		args: ["-V"],
		enables: "exports and pfsense on their machines",
		debianPackage: "openssh-client",
	},
	{
		commands: ["/usr/sbin/sshd"],
		args: ["-?"],
		unversioned: true,
		enables: backups,
		debianPackage: "openssh-server",
	},
	{
		commands: ["php"],
		args: ["--version"],
		needed: "8.1",
		enables: "pfsense --local, end-to-end tests of the mail edge",
		debianPackage: "php-cli",
	},
	{ commands: ["postconf"], args: ["mail_version"], enables: mailPaths, debianPackage: "postfix" },
	{ commands: ["dovecot"], args: ["--version"], enables: mailPaths, debianPackage: "dovecot-imapd" },
	{
		commands: ["/usr/lib/dovecot/lmtp"],
		args: ["-h"],
		unversioned: true,
		enables: mailPaths,
		debianPackage: "dovecot-lmtpd",
	},
	{
		commands: ["/usr/lib/dovecot/managesieve"],
		args: ["-h"],
		unversioned: true,
		enables: mailPaths,
		debianPackage: "dovecot-managesieved",
	},
	{ commands: ["rspamd"], args: ["--version"], enables: mailPaths, debianPackage: "rspamd" },
	{ commands: ["postsrsd"], args: ["-v"], enables: mailPaths, debianPackage: "postsrsd" },
	{
		commands: ["runc"],
		args: ["--version"],
		enables: "end-to-end tests of the pods' own images",
		debianPackage: "runc",
	},
	{
		commands: ["containerd"],
		args: ["--version"],
		enables: "infra lab up --node, and its tests",
		debianPackage: "containerd",
	},
	{
		commands: [`${networkPlugins}/ptp`],
		args: ["--version"],
		unversioned: true,
		enables: "infra lab up --node, and its tests",
		debianPackage: "containernetworking-plugins",
	},
	{ commands: ["nft"], args: ["--version"], enables: mailPaths, debianPackage: "nftables" },
	{ commands: ["cryptsetup"], args: ["--version"], enables: backups, debianPackage: "cryptsetup-bin" },
	{ commands: ["restic"], args: ["version"], needed: "0.14", enables: backups, debianPackage: "restic" },
	{ commands: ["rclone"], args: ["version"], needed: "1.60", enables: backups, debianPackage: "rclone" },
	{ commands: ["rsync"], args: ["--version"], needed: "3.2", enables: backups, debianPackage: "rsync" },
	{
		commands: ["named-checkzone"],
		args: ["-v"],
		enables: "tests of records",
		debianPackage: "bind9-utils",
	},
	{ commands: ["busybox"], args: ["--help"], enables: backups, debianPackage: "busybox" },
	{ commands: ["sqlite3"], args: ["--version"], enables: backups, debianPackage: "sqlite3" },
];
