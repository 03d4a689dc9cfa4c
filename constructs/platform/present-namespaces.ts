import { DataKubernetesAllNamespaces } from "@cdktf/provider-kubernetes/lib/data-kubernetes-all-namespaces/index.js";
import { Construct } from "constructs";

export interface PresentNamespacesProps {
	/** Names, in the order in which a message should list them. */
	readonly names: readonly string[];
	/** Stack that makes them. */
	readonly madeBy: string;
}

/**
 * Fails the plan when namespaces are missing, with all of their names; otherwise the apply would stop midway at the
 * first object inside one. It takes one request to the API server for all of them.
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
