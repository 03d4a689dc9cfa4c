import { DataKubernetesAllNamespaces } from "@cdktf/provider-kubernetes/lib/data-kubernetes-all-namespaces/index.js";
import { Construct } from "constructs";

export interface PresentNamespacesProps {
	/** Names, in the order in which a message should list them. */
	readonly names: readonly string[];
	/** Stack that makes them. */
	readonly madeBy: string;
}

/**
 * Ends a plan that needs namespaces which nobody has made yet, with all of their names, instead of an apply that stops
 * half-way at the first object inside one. One question to the API server, however many there are.
 */
export class PresentNamespaces extends Construct {
	constructor(scope: Construct, id: string, { names, madeBy }: PresentNamespacesProps) {
		super(scope, id);
		if (names.length === 0) return;
		const missing = `setsubtract(${JSON.stringify(names)}, self.namespaces)`;
		new DataKubernetesAllNamespaces(this, "Resource", {
			lifecycle: {
				postcondition: [
					{
						condition: `\${length(${missing}) == 0}`,
						errorMessage: `Namespaces not found: \${join(", ", ${missing})}. Apply the stack ${madeBy} first.`,
					},
				],
			},
		});
	}
}
