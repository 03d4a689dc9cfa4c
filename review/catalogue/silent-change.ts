import { isDeepStrictEqual } from "node:util";
import { block } from "../../world/blocks.ts";
import type { Json, Resource } from "../../world/world.ts";
import { documentBefore, documentOf } from "../document-of.ts";
import { findingClass, type Observation } from "../finding-class.ts";
import type { PlannedChange } from "../plan/plan-summary.ts";

const machineType = "proxmox_virtual_environment_vm";

/** What to do, by the type of the object and the first word of the argument. */
const remedies: Readonly<Record<string, Readonly<Record<string, string>>>> = {
	kubernetes_persistent_volume_claim_v1: {
		spec: "A claim grows by itself as it fills. To have it greater now, kubectl edit pvc; a smaller one is a new claim and a copy.",
	},
	[machineType]: {
		disk: "Grow it on the hypervisor and in the guest: docs/runbooks/hypervisor.md, Grow a boot disk.",
		initialization:
			"Change it in the guest, by hand: accounts, keys, addresses and name servers are its own.",
		clone: "Another template is for machines that are made anew.",
	},
};

export const silentChange = findingClass({
	id: "silent-change",
	risk: "caution",
	reason:
		"The code changes here and no apply brings it about: the next plan is empty, and site and world disagree from then on.",
	remedy: "Bring the object in line by hand, or have it made anew on purpose.",
	*check(planned) {
		const { changes } = planned.summary;
		for (const change of changes) yield* ofNewMachines(change);
		const old = new Map(documentBefore(planned)?.resources.map((resource) => [resource.address, resource]));
		const made = new Set(changes.filter(({ action }) => action !== "update").map(({ address }) => address));
		for (const resource of documentOf(planned).resources) {
			const before = old.get(resource.address);
			if (before === undefined || made.has(resource.address)) continue;
			yield* kept(before, resource);
			yield* notSent(before, resource);
		}
	},
});

/** What only machines that are made from now on get. */
function* ofNewMachines(change: PlannedChange): Iterable<Observation> {
	const { type, action, values, arguments: changed = [] } = change;
	if (type === "proxmox_virtual_environment_file" && /^(update|replace)$/.test(action))
		yield {
			change,
			message: "machines that are there keep what its older text made of them at their first boot",
			remedy: "Do the same on each of them, or have them made anew one after the other.",
		};
	const imported = changed.some(({ path }) => /^disk\[\d+\]\.import_from$/.test(path));
	if (
		type === machineType &&
		action === "update" &&
		block(values?.after as Json).template === true &&
		imported
	)
		yield {
			change,
			message: "the template stays made of its older image: a disk is imported at its creation only",
			remedy: "Have it made anew, for it holds no data: terraform apply -replace with its address.",
		};
}

/** Arguments that differ in the code, and that its block tells Terraform to leave as they are. */
function* kept(before: Resource, after: Resource): Iterable<Observation> {
	const { ignore_changes: ignored } = block(after.arguments.lifecycle);
	for (const path of Array.isArray(ignored) ? ignored : []) {
		if (typeof path !== "string") continue;
		// The template of a set is for claims of pods to come; claims that are there are told by resources of their own.
		if (path.startsWith("spec[0].volume_claim_template")) continue;
		const [was, will] = [before, after].map(({ arguments: given }) => valueAt(given as Json, path));
		if (was === undefined || will === undefined || isDeepStrictEqual(was, will)) continue;
		const remedy = remedies[after.type]?.[/^\w+/.exec(path)?.[0] ?? ""];
		const shown =
			typeof was === "string" && typeof will === "string"
				? ` ${was}, the code says ${will}`
				: " as it was made";
		yield {
			about: after,
			message: `${path} stays${shown}`,
			...(remedy === undefined ? {} : { remedy }),
		};
	}
}

/** Write-only values that differ in the code while the counter, whose growth makes the provider send them, does not. */
function* notSent(before: Resource, after: Resource): Iterable<Observation> {
	const [was, will] = [before.arguments, after.arguments];
	for (const name of Object.keys(will)) {
		if (!/_wo$/.test(name) || was[name] === undefined || isDeepStrictEqual(was[name], will[name])) continue;
		const counter = [`${name}_revision`, `${name}_version`].find((one) => will[one] !== undefined);
		if (counter === undefined || !isDeepStrictEqual(was[counter], will[counter])) continue;
		yield {
			about: after,
			message: `${name} is made in another way and is not sent: ${counter} stays`,
			remedy: "Raise the version of its entry in the site along with it.",
		};
	}
}

/** The value at `spec[0].requests["storage"]`; a list of one block may be written as the block. */
function valueAt(value: Json, path: string): Json | undefined {
	const keys = [...path.matchAll(/\["([^"]+)"\]|\[(\d+)\]|([A-Za-z_]\w*)/g)];
	return keys.reduce<Json | undefined>((at, [, quoted, index, name]) => {
		if (index !== undefined) return Array.isArray(at) ? at[Number(index)] : at;
		return block(at)[quoted ?? name ?? ""];
	}, value);
}
