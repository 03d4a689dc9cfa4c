import { type Block, block, plain } from "../../world/blocks.ts";
import { kindOf } from "../../world/kubernetes-objects.ts";
import type { Json } from "../../world/world.ts";
import type { ApiKind } from "./served-kinds.ts";

/** Types without an object of their own kind: a part of one, or nothing that stays. */
const partial = /^kubernetes_(config_map_v1_data|secret_v1_data|node_taint|token_request_v1)$/;
/** Types that name the kind that they patch. */
const patching = /^kubernetes_(annotations|labels|env)$/;
/** `kubernetes_default_service_account_v1` is a service account. */
const preset = /^default_/;
const version = /_(v\d[a-z0-9]*)$/;

/**
 * Kind and version that a resource of the Kubernetes provider sends to the API server; undefined for what sends none, and
 * while that is known to nobody.
 */
export function apiKindOf(type: string, given: Block): ApiKind | undefined {
	if (!type.startsWith("kubernetes_") || partial.test(type)) return undefined;
	if (type === "kubernetes_manifest") return kindOfManifest(given.manifest);
	if (patching.test(type)) return written(given.api_version, given.kind);
	// The type names no group, and Kubernetes has no two kinds of one name that have a type each.
	const kind = kindOf(type, undefined).replace(preset, "").replaceAll("_", "");
	return { group: undefined, version: version.exec(type)?.[1], kind };
}

/** Kind and version of an object as it is written. */
export function kindOfManifest(manifest: Json | undefined): ApiKind | undefined {
	const { apiVersion, kind } = block(manifest);
	return written(apiVersion, kind);
}

function written(apiVersion: Json | undefined, kind: Json | undefined): ApiKind | undefined {
	const [text, name] = [plain(apiVersion), plain(kind)];
	if (text === undefined || name === undefined) return undefined;
	const [first = "", second] = text.split("/");
	return second === undefined
		? { group: "", version: first, kind: name }
		: { group: first, version: second, kind: name };
}
