import { VisibleError } from "../../../config/schema/visible-error.ts";

/** A state of format 4, as Terraform and OpenTofu write it. What is not named here is kept as it is. */
export interface StateDocument {
	readonly version: 4;
	/** Counts the versions of a state. */
	readonly serial: number;
	/** Made at random with the first version. */
	readonly lineage: string;
	readonly resources: readonly StateResource[];
}

export interface StateResource {
	/** Address of its module instance, such as `module.a["x"]`; absent in the root module. */
	readonly module?: string;
	readonly mode: "managed" | "data";
	readonly type: string;
	readonly name: string;
	/** Address of its provider's configuration, such as `provider["registry.terraform.io/hashicorp/vault"].alias`. */
	readonly provider: string;
	readonly instances: readonly StateInstance[];
}

export interface StateInstance {
	/** Absent without `count` and `for_each`. */
	readonly index_key?: string | number;
	/** Key of an object that waits to be destroyed, beside the one that took its place. */
	readonly deposed?: string;
	readonly attributes?: Readonly<Record<string, unknown>>;
	/** Addresses of resources, without keys. */
	readonly dependencies?: readonly string[];
}

/**
 * Numbers that JavaScript cannot hold keep their digits: they are written again as they were read.
 *
 * @throws VisibleError for a text that is no state of format 4
 */
export function parseState(text: string): StateDocument {
	const state = parsed(text);
	if (state?.version !== 4)
		throw new VisibleError(
			`this is no state of format 4, but ${state?.version === undefined ? "something else" : `of format ${state.version}`}: have Terraform or OpenTofu write it once more (terraform apply -refresh-only)`,
		);
	const { serial, lineage, resources = [] } = state as Partial<StateDocument>;
	if (!Number.isSafeInteger(serial) || typeof lineage !== "string" || lineage === "")
		throw new VisibleError("this state has no serial and lineage");
	return { ...(state as unknown as StateDocument), resources };
}

/** The text that Terraform reads. */
export function renderState(state: StateDocument): string {
	return `${JSON.stringify(state, undefined, 2)}\n`;
}

/** The same objects as the next version of the same state. */
export function nextVersion(state: StateDocument): StateDocument {
	return { ...state, serial: state.serial + 1 };
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
	try {
		const value: unknown = parseWithSource(text, (_, value, { source }) =>
			typeof value === "number" && source !== undefined && JSON.stringify(value) !== source
				? rawJson(source)
				: value,
		);
		return typeof value === "object" && value !== null
			? (value as Readonly<Record<string, unknown>>)
			: undefined;
	} catch {
		return undefined;
	}
}

/** Newer than the types of the compiler: JSON.parse source text access, in Node.js since version 21. */
const { parse: parseWithSource, rawJSON: rawJson } = JSON as unknown as {
	readonly parse: (
		text: string,
		reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
	) => unknown;
	readonly rawJSON: (text: string) => object;
};
