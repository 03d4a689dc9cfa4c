import { askServedKinds } from "../../clients/kubernetes/discovery.ts";
import type { Site } from "../../config/schema/site.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { kindOfManifest } from "../../review/served/kind-of.ts";
import type { KindInState, Served } from "../../review/served/served.ts";
import { interruption } from "../../terminal/interruption.ts";
import { TerraformError } from "../../terminal/terraform-error.ts";
import { withoutKey } from "../../world/address.ts";
import type { Json } from "../../world/world.ts";
import { findObjects, objectsOf } from "../state/rewrite/move-objects.ts";
import { parseState } from "../state/rewrite/state-document.ts";
import type { WorkingDirectory } from "../working-directory.ts";

/**
 * Asks what the API server of a site serves. That it cannot be asked is an answer: the plan is as true without it.
 *
 * @throws Interrupted
 */
export async function askServed(site: Pick<Site, "cluster">): Promise<Served> {
	try {
		return { kinds: await askServedKinds(site) };
	} catch (error) {
		interruption.throwIfAborted();
		if (!(error instanceof VisibleError)) throw error;
		return { error: error.message };
	}
}

/** Manifests that the state of a stack has, in the versions in which it has them. None where it cannot be read. */
export async function kindsInState(stack: WorkingDirectory): Promise<KindInState[]> {
	try {
		const text = await stack.state();
		return text === "" ? [] : manifestsIn(stack, text);
	} catch (error) {
		interruption.throwIfAborted();
		if (error instanceof VisibleError || error instanceof TerraformError) return [];
		throw error;
	}
}

function manifestsIn(stack: WorkingDirectory, text: string): KindInState[] {
	const state = parseState(text);
	return objectsOf(state).flatMap((address) => {
		const { mode, type, instances } = findObjects(state, address) ?? {};
		if (mode !== "managed" || type !== "kubernetes_manifest") return [];
		const path = stack.pathOf(withoutKey(address));
		return (instances ?? []).flatMap(({ attributes }) => {
			const { value } = (attributes?.manifest ?? {}) as { readonly value?: Json };
			const kind = kindOfManifest(value);
			return kind === undefined ? [] : [{ address, path, kind }];
		});
	});
}
