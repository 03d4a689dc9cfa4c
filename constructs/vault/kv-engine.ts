import { Mount } from "@cdktf/provider-vault/lib/mount/index.js";
import { Construct } from "constructs";

/** The KV version 2 engine: every secret of the platform. Import it when it was made by hand: its id is the path. */
export class KvEngine extends Construct {
	constructor(scope: Construct, id: string, { path }: { readonly path: string }) {
		super(scope, id);
		new Mount(this, "Resource", {
			path,
			type: "kv",
			options: { version: "2" },
			description: "Secrets of the platform and of its tenants",
			lifecycle: { preventDestroy: true },
		});
	}
}
