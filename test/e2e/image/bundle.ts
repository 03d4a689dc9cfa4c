import { bytesOf } from "../../../config/schema/quantity.ts";
import type { ImageConfig } from "../../../lab/image-root.ts";
import type { Block } from "../harness/deployed-stack.ts";

/** A folder or file of this machine, and where the container sees it. */
export interface BindMount {
	readonly source: string;
	readonly path: string;
	readonly readOnly: boolean;
}

export interface BundleProps {
	/** Specification of the pod, as Terraform spells it. */
	readonly pod: Block;
	readonly container: string;
	readonly image: ImageConfig;
	/** Folders that stand for the volumes, by name of the volume. */
	readonly volumes: Readonly<Record<string, string>>;
	/** What the kubelet binds over files of the image, such as `/etc/hosts`, and what a test changes. */
	readonly binds?: readonly BindMount[];
	/** Path of the pod's network namespace. */
	readonly network: string;
	/** Path of the container's control group below each controller. */
	readonly cgroup: string;
	/** Name of the pod. */
	readonly hostname: string;
	/** Values of pod fields that the environment refers to, by path such as `metadata.name`. */
	readonly fields?: Readonly<Record<string, string>>;
	/** Values of the keys of Secrets that the environment refers to, by key. */
	readonly secrets?: Readonly<Record<string, string>>;
	/** Variables beside those that are deployed; for negative controls. */
	readonly env?: Readonly<Record<string, string>>;
}

/** What a container may do where its security context neither adds nor drops (the default of containerd). */
const defaultCapabilities = [
	"CHOWN",
	"DAC_OVERRIDE",
	"FSETID",
	"FOWNER",
	"MKNOD",
	"NET_RAW",
	"SETGID",
	"SETUID",
	"SETFCAP",
	"SETPCAP",
	"NET_BIND_SERVICE",
	"SYS_CHROOT",
	"KILL",
	"AUDIT_WRITE",
];

/** Paths of /proc and /sys that containerd hides, and those that it makes read-only. */
const maskedPaths = [
	...[
		"acpi",
		"asound",
		"kcore",
		"keys",
		"latency_stats",
		"timer_list",
		"timer_stats",
		"sched_debug",
		"scsi",
	].map((name) => `/proc/${name}`),
	"/sys/firmware",
];
const readonlyPaths = ["bus", "fs", "irq", "sys", "sysrq-trigger"].map((name) => `/proc/${name}`);

const pathOfRoot = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * The configuration of a bundle (OCI runtime specification) for a container of a pod, as the kubelet and containerd make
 * it: command, arguments, environment, user, capabilities, mounts, limit of memory, namespaces. Not the profile of
 * system calls, which containerd alone can resolve.
 *
 * @throws for what this does not know how to start: a source of variables, a volume that nobody gives
 */
export function bundleConfig(props: BundleProps): object {
	const { pod, network, cgroup, hostname } = props;
	const container = pod.container.find(({ name }: Block) => name === props.container);
	if (container === undefined) throw new Error(`the pod has no container ${props.container}`);
	const memory = bytesOf(container.resources?.limits?.memory ?? "");
	return {
		ociVersion: "1.0.2",
		hostname,
		process: processOf(container, props),
		root: { path: "rootfs", readonly: container.security_context?.read_only_root_filesystem === true },
		mounts: [...systemMounts, ...volumeMounts(container, props), ...(props.binds ?? []).map(bound)],
		linux: {
			cgroupsPath: cgroup,
			resources: {
				devices: [{ allow: false, access: "rwm" }],
				// What is swapped out counts, too: the kubelet lets nothing be swapped.
				...(memory === undefined ? {} : { memory: { limit: memory, swap: memory } }),
			},
			namespaces: [
				...["pid", "ipc", "uts", "mount", "cgroup"].map((type) => ({ type })),
				{ type: "network", path: network },
			],
			maskedPaths,
			readonlyPaths,
		},
	};
}

function processOf(container: Block, props: BundleProps): object {
	const { pod, image } = props;
	const context = { ...pod.security_context, ...container.security_context };
	const [imageUser, imageGroup] = (image.User || "0").split(":");
	const uid = Number(context.run_as_user ?? imageUser);
	const gid = Number(context.run_as_group ?? imageGroup ?? 0);
	if (Number.isNaN(uid + gid)) throw new Error(`the image's user ${image.User} is a name, not a number`);
	if (context.run_as_non_root && uid === 0)
		throw new Error("container has runAsNonRoot and image will run as root");
	const groups = [context.fs_group, ...(context.supplemental_groups ?? [])].filter(
		(group) => group !== undefined,
	);
	const env = environmentOf(container, props);
	const bounding = capabilitiesOf(context.capabilities ?? {});
	const own = uid === 0 ? bounding : [];
	return {
		args: commandOf(container, image).map((word) => expand(word, env)),
		cwd: container.working_dir || image.WorkingDir || "/",
		env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
		user: { uid, gid, additionalGids: groups.map(Number) },
		noNewPrivileges: context.allow_privilege_escalation === false,
		capabilities: { bounding, permitted: own, effective: own, inheritable: [], ambient: [] },
	};
}

/** A command replaces both of the image's; arguments replace its arguments only. */
function commandOf({ command, args }: Block, { Entrypoint, Cmd }: ImageConfig): string[] {
	if (command?.length > 0) return [...command, ...(args ?? [])];
	return [...(Entrypoint ?? []), ...(args?.length > 0 ? args : (Cmd ?? []))];
}

function environmentOf(
	container: Block,
	{ image, hostname, fields = {}, secrets = {}, env = {} }: BundleProps,
) {
	const variables: Record<string, string> = { PATH: pathOfRoot, HOSTNAME: hostname };
	for (const variable of image.Env ?? []) {
		const [name = ""] = variable.split("=", 1);
		variables[name] = variable.slice(name.length + 1);
	}
	if (container.env_from?.length > 0) throw new Error("variables from whole objects are not supported here");
	for (const { name, value, value_from } of container.env ?? []) {
		const field = value_from?.field_ref?.field_path;
		const key = value_from?.secret_key_ref?.key;
		const given = field !== undefined ? fields[field] : key !== undefined ? secrets[key] : value;
		if (given === undefined) throw new Error(`nobody gives the value of ${name}`);
		variables[name] = expand(given, variables);
	}
	return { ...variables, ...env };
}

/** Replaces `$(NAME)` by the value, as the kubelet does; a name that is not there stays as it is. */
function expand(text: string, variables: Readonly<Record<string, string>>): string {
	return text.replaceAll(/\$(\$?)\((\w+)\)/g, (whole, escaped, name) =>
		escaped ? whole.slice(1) : (variables[name] ?? whole),
	);
}

function capabilitiesOf({ add = [], drop = [] }: Block): string[] {
	const kept = drop.includes("ALL") ? [] : defaultCapabilities.filter((name) => !drop.includes(name));
	return [...new Set([...kept, ...add])].map((name) => `CAP_${name}`);
}

const systemMounts = [
	{ destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"] },
	{
		destination: "/dev",
		type: "tmpfs",
		source: "tmpfs",
		options: ["nosuid", "strictatime", "mode=755", "size=65536k"],
	},
	{
		destination: "/dev/pts",
		type: "devpts",
		source: "devpts",
		options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
	},
	{ destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ["nosuid", "noexec", "nodev"] },
	{
		destination: "/dev/shm",
		type: "tmpfs",
		source: "shm",
		options: ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"],
	},
	{ destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"] },
];

function volumeMounts(container: Block, { volumes }: BundleProps) {
	return (container.volume_mount ?? []).map(({ name, mount_path, sub_path, read_only }: Block) => {
		const folder = volumes[name];
		if (folder === undefined) throw new Error(`nobody gives the volume ${name}`);
		const source = sub_path ? `${folder}/${sub_path}` : folder;
		return bound({ source, path: mount_path, readOnly: read_only === true });
	});
}

function bound({ source, path, readOnly }: BindMount) {
	return { destination: path, type: "bind", source, options: ["rbind", "rprivate", readOnly ? "ro" : "rw"] };
}
