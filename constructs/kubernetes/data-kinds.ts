import type { Site } from "../../config/schema/site.ts";

/** Storage of a kind of data (docs/reference/storage.md#what-a-claim-holds). */
interface Placement {
	readonly medium: "block" | "nfs";
	/** LUKS2 below the file system. */
	readonly encrypted: boolean;
	/** A block volume has one writer; NFS has any number. */
	readonly accessMode: "ReadWriteOnce" | "ReadWriteMany";
	/** Examples of such data. */
	readonly examples: string;
	readonly because: string;
}

/** Kinds of data: a claim states one; class, access mode and name follow. */
export const dataKinds = {
	database: {
		medium: "block",
		encrypted: true,
		accessMode: "ReadWriteOnce",
		examples: "PostgreSQL, MySQL, Redis, SQLite, Raft stores",
		because: "NFS keeps neither the locks nor the write order that a database relies on",
	},
	sensitive: {
		medium: "block",
		encrypted: true,
		accessMode: "ReadWriteOnce",
		examples: "mail, passwords, authentication, Git, health, finance",
		because: "a disk that leaves the house must not be readable",
	},
	state: {
		medium: "block",
		encrypted: false,
		accessMode: "ReadWriteOnce",
		examples: "configuration, caches, indexes, metrics; what must alert about storage",
		because: "nobody is harmed by reading it, and it must work while the NFS server does not",
	},
	bulk: {
		medium: "nfs",
		encrypted: false,
		accessMode: "ReadWriteMany",
		examples: "media libraries, downloads, more than 10Gi to browse",
		because: "it is shared by several pods and outgrows block volumes",
	},
	backups: {
		medium: "nfs",
		encrypted: false,
		accessMode: "ReadWriteMany",
		examples: "dumps and snapshots that a backup job writes",
		because: "the next tier copies it from the server without a pod in between",
	},
} as const satisfies Record<string, Placement>;

export type DataKind = keyof typeof dataKinds;

type On<Medium extends Placement["medium"]> = {
	[Kind in DataKind]: (typeof dataKinds)[Kind]["medium"] extends Medium ? Kind : never;
}[DataKind];

/** Data that a block volume holds, for one writer. */
export type BlockData = On<"block">;
/** Data in a directory of the NFS server. */
export type SharedData = On<"nfs">;

/** Class of the volumes that hold such data. */
export function classFor({ storage }: Site, holds: DataKind): string {
	const { medium, encrypted } = dataKinds[holds];
	if (medium === "nfs") return storage.nfs.className;
	return encrypted ? storage.block.encryptedClass : storage.block.plainClass;
}

/** Suffix of the name of a claim, which shows an operator where its data is. */
export function nameSuffix(holds: BlockData): "encrypted" | "proxmox" {
	return dataKinds[holds].encrypted ? "encrypted" : "proxmox";
}
