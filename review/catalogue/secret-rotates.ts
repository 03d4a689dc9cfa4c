import { configReferences } from "../../world/config-references.ts";
import { kubernetesObjects } from "../../world/kubernetes-objects.ts";
import { podTemplates } from "../../world/pods.ts";
import type { World } from "../../world/world.ts";
import { changeClass } from "../finding-class.ts";
import { isBelow, type KubernetesChange, kubernetesChange } from "../kubernetes/kubernetes-change.ts";
import type { ArgumentChange } from "../plan/argument-changes.ts";

/** Counters that make a provider send a value that is in no plan. */
const writeOnlyCounter = /(?:^|[._])wo_(?:revision|version)$/;

const makers = /^(random_|tls_)/;

export const secretRotates = changeClass(
	{
		id: "secret-rotates",
		risk: "caution",
		reason: "Who holds the old value is refused from now on, until it has read the new one.",
		remedy: "See that every reader takes the new value: pods read their environment only when they start.",
	},
	function* (change, { after }) {
		const { action, arguments: changed = [], type } = change;
		if (action === "create" || action === "import" || action === "move") return;
		const renewed = changed.filter(rotates).map(({ path }) => path);
		const object = kubernetesChange(change);
		if (renewed.length > 0)
			yield {
				message: `${renewed.join(", ")} ${renewed.length === 1 ? "gets" : "get"} a new value${readBy(object, after)}`,
			};
		else if (makers.test(type) && action.endsWith("replace")) yield { message: "makes a new value" };
		if (object?.kind === "external_secret" && object.paths.some(isSource))
			yield { message: "the Secret is made of other entries of Vault" };
	},
);

function rotates({ path, before, after }: ArgumentChange): boolean {
	if (writeOnlyCounter.test(path)) return true;
	const hidden = before === "sensitive" || after === "sensitive";
	return hidden && before !== "absent";
}

function isSource(path: string): boolean {
	return ["spec.data", "spec.dataFrom", "spec.target", "spec.secretStoreRef"].some((one) =>
		isBelow(path, one),
	);
}

/** Workloads of the world that mount a Secret or have it in their environment. */
function readBy(object: KubernetesChange | undefined, world: World): string {
	if (object?.kind !== "secret") return "";
	const { resolve } = kubernetesObjects(world);
	const readers = podTemplates(world).filter(
		(pods) =>
			pods.owner.namespace === object.namespace &&
			[...configReferences(pods)].some(
				({ kind, name }) => kind === "secret" && resolve(pods.owner.resource.stack, name) === object.name,
			),
	);
	const names = [...new Set(readers.map(({ owner }) => owner.name))];
	return names.length === 0 ? "" : `, read by ${names.join(", ")}`;
}
