import { block, plain } from "../../world/blocks.ts";
import { podTemplates } from "../../world/pods.ts";
import type { Json, World } from "../../world/world.ts";
import { changeClass } from "../finding-class.ts";
import { budgetsFor, replicasOf } from "../kubernetes/budgets.ts";

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
	function* ({ type, action, arguments: changed = [], values }, { after: world }) {
		if (type !== "proxmox_virtual_environment_vm" || (action !== "update" && action !== "import+update"))
			return;
		const names = new Set(
			changed.map(({ path }) => path.split(/[.[]/)[0] ?? "").filter((path) => !quiet.test(path)),
		);
		const after = block(values?.after as Json);
		// It is cloned, and never started.
		if (after.template === true) return;
		const pods = podsOn(world, plain(after.name) ?? "");
		if (after.started === false && block(values?.before as Json).started === true)
			yield { message: `the machine is shut down${pods}` };
		if (names.size === 0) return;
		const what = [...names].join(", ");
		yield after.reboot_after_update === false
			? { message: `${what}: in force after the machine's next restart`, risk: "notice" }
			: { message: `the machine may restart at once, for ${what}${pods}` };
	},
);

/** Names that a list shows. */
const shown = 5;

/** What stops with a machine that is a node of the cluster, and what a drain of it waits for. */
function podsOn(world: World, machine: string): string {
	const [node, { controlPlane }] =
		Object.entries(world.site.cluster.nodes).find(([, { host }]) => host === machine) ??
		([undefined, {}] as const);
	if (node === undefined) return "";
	const counted = podTemplates(world).filter(({ owner }) =>
		["deployment", "stateful_set"].includes(owner.kind),
	);
	const [single, stuck]: [string[], string[]] = [[], []];
	for (const template of counted) {
		const replicas = replicasOf(template);
		if (replicas === 1) single.push(template.owner.name);
		for (const { name, allowed } of budgetsFor(world, template))
			if (replicas > 0 && allowed < 1) stuck.push(name);
	}
	return [
		`: it is node ${node}, and its pods stop with it`,
		...(controlPlane === true ? [", the API server too"] : []),
		...(single.length === 0 ? [] : [`; with one pod each, which may be there: ${listed(single)}`]),
		...(stuck.length === 0 ? [] : [`; a drain never ends for the budgets ${listed([...new Set(stuck)])}`]),
	].join("");
}

function listed(names: readonly string[]): string {
	const more = names.length - shown;
	return `${names.slice(0, shown).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
