import { servedKinds, serviceOf } from "../../../review/served/served-kinds.ts";
import type { ControlPlane } from "../harness/control-plane.ts";

const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/** A kind in a version. */
export interface Version {
	readonly group: string;
	readonly version: string;
	readonly kind: string;
}

/**
 * Asks what discovery has, which is where clients look, Terraform among them: it follows the paths that serve a kind by a
 * moment.
 */
export async function discovery(plane: ControlPlane): Promise<(wanted: Version) => boolean> {
	const { body } = await plane.ask("GET", "/apis", undefined, undefined, { accept });
	const served = servedKinds([body]);
	return ({ group, version, kind }) => serviceOf(served, { group, version, kind }).is === "served";
}
