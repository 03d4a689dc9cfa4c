import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1/index.js";
import { Construct } from "constructs";
import { governanceLabels, type Tier } from "../../config/tiers.ts";

export interface TieredNamespaceProps {
	readonly name: string;
	/** Tier, from which quota, limits and priority follow. */
	readonly tier: Tier;
	/** Whether it holds data that must survive: deleting a namespace deletes everything inside. @default false */
	readonly holdsData?: boolean;
	/** Whether it opts out of the quota of its tier, which would be too small. @default false */
	readonly withoutQuota?: boolean;
	/** Pod Security level that the API server enforces. @default baseline */
	readonly podSecurity?: "privileged" | "baseline" | "restricted";
	/** Labels besides those that follow from the rest. */
	readonly labels?: Readonly<Record<string, string>>;
	readonly annotations?: Readonly<Record<string, string>>;
}

/** A namespace as seen by objects inside it, made by this stack or by another. */
export interface NamespaceReference {
	/** Name for objects inside: a reference when the namespace is made in the same stack. */
	readonly name: string;
	/** The name as a literal, for host names and selectors. */
	readonly literalName: string;
	readonly tier: Tier;
}

/** A namespace with its tier. Objects inside take it as a construct, so that none can exist before it. */
export class TieredNamespace extends Construct implements NamespaceReference {
	/** Reference to the object's name: Terraform then orders everything that uses it after the namespace. */
	readonly name: string;
	/** The name as a literal, for host names and selectors. */
	readonly literalName: string;
	readonly tier: Tier;
	/** For `dependsOn` of objects that name it by a literal. */
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
			// Deleting the namespace deletes every claim inside, without Terraform asking their own protection.
			...(holdsData ? { lifecycle: { preventDestroy: true } } : {}),
		});
		this.name = this.resource.metadata.name;
	}
}
