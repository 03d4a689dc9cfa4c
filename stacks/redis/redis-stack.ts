import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1/index.js";
import type { Construct } from "constructs";
import type { StackDeclaration } from "../declaration.ts";
import { InfraStack } from "../infra-stack.ts";

export class RedisStack extends InfraStack {
	constructor(scope: Construct, declaration: StackDeclaration) {
		super(scope, declaration);
		new NamespaceV1(this, "namespace", { metadata: { name: "redis", labels: { tier: "1-cluster" } } });
		for (const name of ["redis-master", "redis-legacy", "redis-sentinel"]) this.produced.add(name);
	}
}
