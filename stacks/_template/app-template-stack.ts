import type { Construct } from "constructs";
import { OwnerApp } from "../../constructs/tenants/owner-app.ts";
import type { StackFacts } from "../declaration.ts";
import { InfraStack } from "../infra-stack.ts";

/** Purpose of the app. */
export class AppTemplateStack extends InfraStack {
	constructor(scope: Construct, facts: StackFacts) {
		super(scope, facts);
		new OwnerApp(this, "app", {
			owner: "alice",
			namespace: "alice",
			app: "shop",
			image: "registry.lab.example.org/alice/shop:1.0.0",
			port: 8080,
			host: "shop",
		});
	}
}
