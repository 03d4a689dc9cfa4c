import { GiB, MiB } from "../../../config/schema/quantity.ts";
/** Proxmox counts memory in MiB and disks in GiB. */
export const mebibytes = (bytes: number) => bytes / MiB;
export const gibibytes = (bytes: number) => bytes / GiB;

/** The boot disk of a machine. Blocks that the guest trims return to the thin pool. */
export function bootDisk(datastore: string) {
	return { interface: "scsi0", datastoreId: datastore, discard: "on" } as const;
}
