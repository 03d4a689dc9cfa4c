/** Resource types that hold data, each with what is lost when a block of it is destroyed. */
export const statefulTypes: Readonly<Record<string, string>> = {
	kubernetes_persistent_volume: "its data loses the only object that points to it",
	kubernetes_persistent_volume_claim: "its volume is deleted with it",
	kubernetes_persistent_volume_claim_v1: "its volume is deleted with it",
	kubernetes_persistent_volume_v1: "its data loses the only object that points to it",
	kubernetes_stateful_set: "its pods stop, and a retention policy may delete their volumes",
	kubernetes_stateful_set_v1: "its pods stop, and a retention policy may delete their volumes",
	proxmox_virtual_environment_vm: "its disks are deleted with it",
	vault_database_secrets_mount: "every database credential below it is revoked",
	vault_mount: "every secret below it is deleted",
	vault_transit_secret_backend_key: "nothing that it encrypted can ever be read again",
};
