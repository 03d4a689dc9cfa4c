/** Something that is rendered for a site and that no stack applies. */
export interface BesidePart {
	/** Stack that is told: its objects need it. */
	readonly stack: string;
	/** What it is, in the plural. */
	readonly what: string;
	/** Commands that bring it in line. */
	readonly command: string;
}

/** By key of `World.beside`. */
export const besideParts: Readonly<Record<string, BesidePart>> = {
	edge: {
		stack: "mailserver",
		what: "the objects of HAProxy on the router",
		command: "infra pfsense diff, then infra pfsense apply",
	},
	exports: {
		stack: "storage",
		what: "the exports of the NFS server",
		command: "infra exports diff, then infra exports apply",
	},
	hostFiles: {
		stack: "storage",
		what: "the programs, settings and units of backups on the storage host",
		command: "infra backup files --out <folder>, then its install.sh on the host",
	},
	offsiteFiles: {
		stack: "storage",
		what: "the programs, settings and units of backups at the other place",
		command: "infra backup files --for offsite --out <folder>, then its install.sh there",
	},
	controlPlane: {
		stack: "platform",
		what: "the flags of the API server and of etcd",
		command: "set them on each control plane node (docs/reference/platform.md#control-plane)",
	},
	setupScript: {
		stack: "platform",
		what: "the programs and addresses on the machines of newcomers",
		command: "infra setup-script, for everybody who has run it before",
	},
};

/** Names of the stacks that are told of parts; a part that nobody knows here tells none. */
export function stacksToldOf(parts: Iterable<string>): ReadonlySet<string> {
	return new Set([...parts].flatMap((part) => besideParts[part]?.stack ?? []));
}
