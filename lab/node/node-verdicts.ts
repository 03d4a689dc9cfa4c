import { askApi } from "../kubernetes-api.ts";
import type { Lab } from "../lab-state.ts";
import type { Verdict } from "../verdict.ts";

interface Item {
	readonly metadata: {
		readonly name: string;
		readonly namespace?: string;
		readonly ownerReferences?: readonly { readonly kind: string }[];
	};
	readonly spec: {
		readonly nodeName?: string;
		readonly containers?: readonly { readonly image: string }[];
		readonly initContainers?: readonly { readonly image: string }[];
	};
	readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** What is to be seen of the nodes that run containers; nothing without one. */
export async function nodeVerdicts(lab: Lab): Promise<readonly Verdict[]> {
	const { names, images } = lab.nodes;
	if (names.length === 0) return [];
	const items = async (path: string): Promise<readonly Item[]> =>
		JSON.parse((await askApi(lab, "GET", path)).body).items;
	const nodes = await items("/api/v1/nodes");
	const ready = (name: string) =>
		nodes
			.find(({ metadata }) => metadata.name === name)
			?.status.conditions?.some(({ type, status }) => type === "Ready" && status === "True") === true;
	const here = images.map(({ image }) => image);
	const misplaced = (await items("/api/v1/pods")).filter(({ metadata, spec }) => {
		const { ownerReferences = [] } = metadata;
		const { nodeName = "", containers = [], initContainers = [] } = spec;
		// Those with a claim are left where they are.
		if (ownerReferences.some(({ kind }) => kind === "Job")) return false;
		const all = [...containers, ...initContainers].every(({ image }) => here.includes(image));
		return all !== names.includes(nodeName);
	});
	return [
		{
			claim: "nodes that run containers are ready",
			problem: names.filter((name) => !ready(name)).join(", "),
		},
		{
			claim: "pods with images that are here run in containers, and no others",
			problem: misplaced.map(({ metadata: { namespace, name } }) => `${namespace}/${name}`).join(", "),
		},
	];
}
