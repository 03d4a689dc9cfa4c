import { kubernetesObjects } from "../../world/kubernetes-objects.ts";
import { worldRule } from "../rule.ts";

const annotation = "storageclass.kubernetes.io/is-default-class";

export const defaultClassUnique = worldRule({
	id: "default-class-unique",
	severity: "error",
	reason:
		"A claim without a class gets the newest of several defaults, and waits for ever where there is none.",
	remedy: `Annotate exactly one storage class with ${annotation} = "true".`,
	*check(world) {
		const classes = kubernetesObjects(world).all.filter(({ kind }) => kind === "storage_class");
		const [first, ...others] = classes.filter(({ annotations }) => annotations[annotation] === "true");
		const argument = "metadata.annotations";
		for (const { resource, name } of others)
			yield { subject: resource, argument, message: `${name} is a default class beside ${first?.name}` };
		const [any] = classes;
		if (any !== undefined && first === undefined)
			yield { subject: any.resource, argument, message: "none of the storage classes is the default" };
	},
});
