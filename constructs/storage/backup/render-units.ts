import type { Backup, BackupStep } from "../../../config/schema/backup.ts";
import { type Duration, inSeconds } from "../../../config/schema/duration.ts";
import type { Site } from "../../../config/schema/site.ts";
import { backupTrees } from "../../../config/schema/trees.ts";

/** Folder of the programs on the host. */
export const programDirectory = "/usr/local/lib/infra-backup";

/** Passphrase of the encrypted volumes as a credential that is encrypted for this machine (systemd-creds(1)). */
export const luksCredential = "/etc/infra-backup/luks-key.cred";

/** Password of the repository at the other place, likewise; there, it is another one, which opens the same repository. */
export const offsiteCredential = "/etc/infra-backup/offsite-key.cred";

/** Retention at the other place: its unit, and the job under which it pushes metrics. */
export const retention = { unit: "offsite-retention", job: "offsite-retention" };

/** Sections of a unit file; a list is one line per item. */
type Unit = Readonly<Record<string, Readonly<Record<string, string | number | readonly string[]>>>>;

/** Unit names; units of an earlier installation have the same ones and are replaced. */
export const unitNames: Readonly<Record<BackupStep, string>> = {
	snapshot: "lvm-pvc-snapshot",
	copy: "daily-backup",
	offsite: "offsite-sync-backup",
	prove: "restore-proof",
};

/** Sandboxing for all programs. They run as root, because they read files of all users. */
const confined = {
	NoNewPrivileges: "yes",
	ProtectSystem: "strict",
	ProtectHome: "read-only",
	ProtectClock: "yes",
	ProtectControlGroups: "yes",
	ProtectHostname: "yes",
	ProtectKernelLogs: "yes",
	ProtectKernelTunables: "yes",
	PrivateTmp: "yes",
	LockPersonality: "yes",
	RestrictNamespaces: "yes",
	RestrictRealtime: "yes",
	SystemCallArchitectures: "native",
	StateDirectory: "infra-backup",
	StateDirectoryMode: "0700",
};
const withoutDevices = {
	PrivateDevices: "yes",
	ProtectKernelModules: "yes",
	RestrictAddressFamilies: "AF_UNIX AF_INET AF_INET6",
	CapabilityBoundingSet: "CAP_DAC_READ_SEARCH CAP_DAC_OVERRIDE",
};
/** Exceptions for programs that use LVM (udev) and cryptsetup (kernel ciphers). */
const withVolumes = {
	RestrictAddressFamilies: "AF_UNIX AF_INET AF_INET6 AF_NETLINK AF_ALG",
	ReadWritePaths: "/etc/lvm /run",
};
/**
 * The same for those that open volumes beside the second disk. They are mounted in the mount namespace of the unit, so that
 * they are unmounted however it ends.
 */
const volumesOf = (disk: string) => ({
	...withVolumes,
	ReadWritePaths: `${withVolumes.ReadWritePaths} ${disk}`,
	LoadCredentialEncrypted: `luks-key:${luksCredential}`,
});
const inTheBackground = { Nice: 10, IOSchedulingClass: "idle" };

/** Unit files by name. */
export function renderUnits(site: Pick<Site, "backup" | "storage">): Readonly<Record<string, string>> {
	const { backup } = site;
	const { disk } = backup;
	const directories = backupTrees(site)
		.map(({ path }) => path)
		.join(" ");
	const online = { Wants: "network-online.target" };
	return {
		...step(backup, "snapshot", {
			Unit: {
				Description: "Thin snapshots of the cluster's volumes",
				...online,
				After: "network-online.target",
			},
			Service: { ...withVolumes },
		}),
		...step(backup, "copy", {
			Unit: {
				Description: "Copy of the newest snapshots to the second disk",
				...online,
				After: `network-online.target ${unitNames.snapshot}.service`,
				RequiresMountsFor: disk,
			},
			Service: { ...volumesOf(disk), ...inTheBackground },
		}),
		...step(backup, "offsite", {
			Unit: {
				Description: "Copy of restore points and exported trees to another place",
				...online,
				After: `network-online.target ${unitNames.copy}.service`,
				RequiresMountsFor: directories,
			},
			Service: {
				...withoutDevices,
				...inTheBackground,
				LoadCredentialEncrypted: `offsite-key:${offsiteCredential}`,
			},
		}),
		...step(backup, "prove", {
			Unit: {
				Description: "Restore on trial from the newest restore point",
				...online,
				After: `network-online.target ${unitNames.offsite}.service`,
				RequiresMountsFor: disk,
			},
			Service: { ...volumesOf(disk), ...inTheBackground },
		}),
	};
}

/**
 * Unit files of the other place, by name: retention, at the time of the snapshots, when nothing is brought. It runs as the
 * account that owns the repository: what root writes there is unreadable to the host, which could bring nothing more.
 */
export function renderOffsiteUnits({ backup }: Pick<Site, "backup">): Readonly<Record<string, string>> {
	const { directory, user } = backup.offsite;
	const { at, timeout } = backup.schedule.snapshot;
	return daily(backup, retention.unit, `${programDirectory}/retain.sh`, at, timeout, {
		Unit: {
			Description: "Retention of the backups that others bring",
			Wants: "network-online.target",
			After: "network-online.target",
			RequiresMountsFor: directory,
		},
		Service: {
			...withoutDevices,
			...inTheBackground,
			User: user,
			CapabilityBoundingSet: "",
			ReadWritePaths: directory,
			LoadCredentialEncrypted: `offsite-key:${offsiteCredential}`,
		},
	});
}

/** A program that runs once a day, and its timer. */
function step({ schedule, ...backup }: Backup, name: BackupStep, unit: Unit) {
	const { at, timeout } = schedule[name];
	return daily({ schedule, ...backup }, unitNames[name], `${programDirectory}/${name}.sh`, at, timeout, unit);
}

function daily(
	{ schedule }: Backup,
	name: string,
	program: string,
	at: string,
	timeout: Duration,
	{ Unit = {}, Service = {} }: Unit,
) {
	return {
		[`${name}.service`]: render({
			Unit,
			Service: {
				Type: "oneshot",
				ExecStart: program,
				TimeoutStartSec: inSeconds(timeout),
				...confined,
				...Service,
			},
		}),
		[`${name}.timer`]: render({
			Unit: { Description: `Daily start of ${name}.service` },
			Timer: {
				OnCalendar: `*-*-* ${at}:00`,
				// Makes up for a start that was missed while the host was off.
				Persistent: "true",
				RandomizedDelaySec: inSeconds(schedule.randomDelay),
			},
			Install: { WantedBy: "timers.target" },
		}),
	};
}

function render(unit: Unit): string {
	return Object.entries(unit)
		.map(([section, settings]) => {
			const lines = Object.entries(settings).flatMap(([key, value]) =>
				[value].flat().map((item) => `${key}=${item}\n`),
			);
			return `[${section}]\n${lines.join("")}`;
		})
		.join("\n");
}
