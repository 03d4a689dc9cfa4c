import type { Site } from "../config/schema/site.ts";
import { definitionOf, definitionsPath, foreignKinds } from "./foreign-kinds.ts";
import { ensure } from "./kubernetes-api.ts";
import type { Lab } from "./lab-state.ts";

/** Architecture of this machine, as nodes name it: agents of pipelines ask for their own. */
const architecture = process.arch === "x64" ? "amd64" : process.arch;

/** Makes nodes and custom resource definitions that the stacks expect of a cluster. */
export async function makeSurroundings(
	lab: Pick<Lab, "host" | "token" | "caFile">,
	site: Site,
): Promise<void> {
	const room = { cpu: "16", memory: "64Gi", "ephemeral-storage": "200Gi", pods: "110" };
	for (const [name, { controlPlane }] of Object.entries(site.cluster.nodes))
		await ensure(lab, "/api/v1/nodes", {
			apiVersion: "v1",
			kind: "Node",
			metadata: {
				name,
				labels: {
					"kubernetes.io/hostname": name,
					"kubernetes.io/os": "linux",
					"kubernetes.io/arch": architecture,
				},
			},
			...(controlPlane
				? { spec: { taints: [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }] } }
				: {}),
			status: { allocatable: room, capacity: room },
		});
	for (const kind of foreignKinds) await ensure(lab, definitionsPath, definitionOf(kind));
}
