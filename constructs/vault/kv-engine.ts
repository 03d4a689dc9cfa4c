import { Mount } from "@cdktf/provider-vault/lib/mount/index.js";
import { TerraformStack } from "cdktf";
import { Construct } from "constructs";

/**
 * The KV version 2 engine: every secret of the platform. It is there before this is applied for the first time, with what
 * the stacks read from it; so it is taken over, and where it is missing the apply fails instead of making an empty one.
 */
export class KvEngine extends Construct {
	constructor(scope: Construct, id: string, { path }: { readonly path: string }) {
		super(scope, id);
		const mount = new Mount(this, "Resource", {
			path,
			type: "kv",
			options: { version: "2" },
			description: "Secrets of the platform and of its tenants",
			lifecycle: { preventDestroy: true },
		});
		// Not by `importFrom`, which runs Terraform during every synthesis to ask for its version.
		TerraformStack.of(this).addOverride("import", [
			{ to: `${Mount.tfResourceType}.${mount.friendlyUniqueId}`, id: path },
		]);
	}
}
