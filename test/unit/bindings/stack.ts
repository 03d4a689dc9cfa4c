import { join } from "node:path";
import {
	App,
	DefaultTokenResolver,
	StringConcat,
	type TerraformElement,
	TerraformStack,
	Tokenization,
} from "cdktf";
import type { Construct } from "constructs";
import type { Json } from "../../../world/world.ts";
import { temporaryFolder } from "../../synth.ts";

export type ElementClass = new (scope: Construct, id: string, config?: object) => TerraformElement;

/** A stack of the engine alone. */
export function plainStack(): TerraformStack {
	return new TerraformStack(new App({ outdir: join(temporaryFolder(), "out") }), "demo");
}

/** The only block that an element writes, without the engine's metadata. */
export function blockOf(element: TerraformElement): { [name: string]: Json } {
	const resolved = Tokenization.resolve(element.toTerraform(), {
		scope: element.cdktfStack,
		resolver: new DefaultTokenResolver(new StringConcat()),
		preparing: false,
	});
	const { resource, data, ephemeral, provider } = resolved;
	const [blocks] = Object.values(resource ?? data ?? ephemeral ?? provider) as [object];
	const { "//": metadata, ...block } = Object.values(blocks)[0];
	return block;
}
