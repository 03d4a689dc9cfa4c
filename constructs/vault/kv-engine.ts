import { KvSecretBackendV2 } from "@cdktf/provider-vault/lib/kv-secret-backend-v2/index.js";
import { Mount } from "@cdktf/provider-vault/lib/mount/index.js";
import { TerraformStack } from "cdktf";
import { Construct } from "constructs";

/**
 * The KV version 2 engine with every secret of the platform. It exists before the first apply, since the stacks read
 * from it, and is imported; where it is missing the apply fails instead of making an empty one.
 */
export class KvEngine extends Construct {
	/** @param versions of an entry that are kept; owners cannot raise it for theirs, which needs a right on metadata */
	constructor(
		scope: Construct,
		id: string,
		{ path, versions }: { readonly path: string; readonly versions: number },
	) {
		super(scope, id);
		const mount = new Mount(this, "Resource", {
			path,
			type: "kv",
			options: { version: "2" },
			description: "Secrets of the platform and of its tenants",
			lifecycle: { preventDestroy: true },
		});
		new KvSecretBackendV2(this, "config", { mount: mount.path, maxVersions: versions });
		// Not `importFrom`, which runs Terraform at every synthesis to learn its version.
		TerraformStack.of(this).addOverride("import", [
			{ to: `${Mount.tfResourceType}.${mount.friendlyUniqueId}`, id: path },
		]);
	}
}
