import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1/index.js";
import { Construct } from "constructs";
import { governanceLabels, type Tier } from "../../config/tiers.ts";

export interface TieredNamespaceProps {
	readonly name: string;
	/** Decides quota, limits and priority of everything inside. */
	readonly tier: Tier;
	/** Whether it holds data that must survive: a namespace takes everything inside with it. @default false */
	readonly holdsData?: boolean;
	/** Whether the quota of its tier would be too small, and none is made. @default false */
	readonly withoutQuota?: boolean;
	/** Pod Security level that the API server enforces. @default baseline */
	readonly podSecurity?: "privileged" | "baseline" | "restricted";
	/** Labels besides those that follow from the rest. */
	readonly labels?: Readonly<Record<string, string>>;
	readonly annotations?: Readonly<Record<string, string>>;
}

/** A namespace as what is put into it sees it: one made in the same stack, or one that another stack makes. */
export interface NamespaceReference {
	/** Name for objects inside: of a namespace of the same stack, a reference to it. */
	readonly name: string;
	/** The same name as plain text, for host names and selectors. */
	readonly literalName: string;
	readonly tier: Tier;
}

/** A namespace with its tier. Objects inside take it as a construct, so that none can exist before it. */
export class TieredNamespace extends Construct implements NamespaceReference {
	/** Reference to the object's name: Terraform then orders everything that uses it after the namespace. */
	readonly name: string;
	/** The same name as plain text, for host names and selectors. */
	readonly literalName: string;
	readonly tier: Tier;
	/** For `dependsOn` of what names it by text only. */
	readonly resource: NamespaceV1;

	constructor(scope: Construct, id: string, props: TieredNamespaceProps) {
		super(scope, id);
		const {
			name,
			tier,
			holdsData = false,
			withoutQuota = false,
			podSecurity = "baseline",
			labels,
			annotations,
		} = props;
		this.literalName = name;
		this.tier = tier;
		this.resource = new NamespaceV1(this, "Resource", {
			metadata: {
				name,
				labels: {
					tier,
					"pod-security.kubernetes.io/enforce": podSecurity,
					...(withoutQuota ? { [governanceLabels.ownQuota]: "true" } : {}),
					...labels,
				},
				...(annotations ? { annotations: { ...annotations } } : {}),
			},
			// Moved or removed, it would take every claim inside along, whose own protection Terraform never asks.
			...(holdsData ? { lifecycle: { preventDestroy: true } } : {}),
		});
		this.name = this.resource.metadata.name;
	}
}
