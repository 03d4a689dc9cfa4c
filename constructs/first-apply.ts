import { TerraformResource } from "cdktf";
import { Construct } from "constructs";
import { waive } from "../world/waiver.ts";

/**
 * The time at which a stack was first applied, kept in its state: it outlives volumes and the cluster, and comes back with
 * the state. What may begin with nothing then, and at no other time, is told by it.
 *
 * Written by that apply, and never changed (terraform_data, of Terraform itself).
 */
export class FirstApply extends Construct {
	/** Expression of the time in UTC (RFC 3339), known once it is applied. */
	readonly time: string;

	constructor(scope: Construct, id: string) {
		super(scope, id);
		// The engine's own class would ask the installed Terraform for its version.
		const resource = new TerraformResource(this, "Resource", {
			terraformResourceType: "terraform_data",
			lifecycle: { ignoreChanges: ["input"], preventDestroy: true },
		});
		resource.addOverride("input", { time: "${timestamp()}" });
		waive(resource, "no-time-or-random", "Changes of it are ignored: the time of the first apply stays.");
		this.time = `\${${resource.fqn}.output.time}`;
	}
}
