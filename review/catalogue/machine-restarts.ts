import { block } from "../../world/blocks.ts";
import type { Json } from "../../world/world.ts";
import { changeClass } from "../finding-class.ts";

/** Arguments of a machine that change nothing while it runs; every other one may need a restart. */
const quiet =
	/^(description|id|ipv4_addresses|ipv6_addresses|mac_addresses|name|network_interface_names|on_boot|pool_id|protection|reboot|reboot_after_update|started|startup|stop_on_destroy|tags|template|timeout_\w+|delete_unreferenced_disks_on_destroy|purge_on_destroy)\b/;

export const machineRestarts = changeClass(
	{
		id: "machine-restarts",
		risk: "caution",
		reason: "A machine that restarts takes all of its pods along, and what they serve.",
		remedy:
			"Drain the node first. A machine that does not restart by itself has the change after its next start.",
	},
	function* ({ type, action, arguments: changed = [], values }) {
		if (type !== "proxmox_virtual_environment_vm" || (action !== "update" && action !== "import+update"))
			return;
		const names = new Set(
			changed.map(({ path }) => path.split(/[.[]/)[0] ?? "").filter((path) => !quiet.test(path)),
		);
		const after = block(values?.after as Json);
		if (after.started === false && block(values?.before as Json).started === true)
			yield { message: "the machine is shut down" };
		if (names.size === 0) return;
		const what = [...names].join(", ");
		yield after.reboot_after_update === false
			? { message: `${what}: in force after the machine's next restart`, risk: "notice" }
			: { message: `the machine may restart at once, for ${what}` };
	},
);
