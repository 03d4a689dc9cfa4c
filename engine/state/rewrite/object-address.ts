import { VisibleError } from "../../../config/schema/visible-error.ts";
import type { StateInstance, StateResource } from "./state-document.ts";

/** What an address names: one instance where it has a key, else a resource with all its instances. */
export interface ObjectAddress {
	/** Address of the module instance; undefined in the root module. */
	readonly module: string | undefined;
	readonly mode: "managed" | "data";
	readonly type: string;
	readonly name: string;
	/** Of `count` (a number) or `for_each` (a text). */
	readonly key: string | number | undefined;
}

const index = String.raw`(?:\[(?:\d+|"(?:[^"\\]|\\.)*")\])?`;
const name = String.raw`[\p{L}_][\p{L}\p{N}_-]*`;
const pattern = new RegExp(
	`^(?:(?<module>module\\.${name}${index}(?:\\.module\\.${name}${index})*)\\.)?(?<data>data\\.)?(?<type>${name})\\.(?<name>${name})(?<index>${index})$`,
	"u",
);

/** @throws VisibleError for a text that is no address of a resource or an instance */
export function parseAddress(text: string): ObjectAddress {
	const { module, data, type = "", name = "", index = "" } = pattern.exec(text)?.groups ?? {};
	if (type === "" || type === "module" || (type === "data" && data === undefined))
		throw new VisibleError(
			`${text} is no address of an object: expected TYPE.NAME, TYPE.NAME[0] or TYPE.NAME["key"], with module.NAME. before it where it is in a module`,
		);
	const key = index === "" ? undefined : (JSON.parse(plainQuotes(index)) as (string | number)[])[0];
	return { module, mode: data === undefined ? "managed" : "data", type, name, key };
}

/** As Terraform prints it. */
export function renderAddress({ key, ...resource }: ObjectAddress): string {
	return `${addressOfResource(resource)}${key === undefined ? "" : `[${typeof key === "number" ? key : quoted(key)}]`}`;
}

/** Address of a resource of a state, without keys of its own. */
export function addressOfResource(
	of: Pick<ObjectAddress, "mode" | "type" | "name"> & { readonly module?: string | undefined },
): string {
	return `${of.module === undefined ? "" : `${of.module}.`}${of.mode === "data" ? "data." : ""}${of.type}.${of.name}`;
}

/** Address of an instance of a state. */
export function addressOfInstance(
	{ module, mode, type, name }: StateResource,
	{ index_key: key }: StateInstance,
): string {
	return renderAddress({ module, mode, type, name, key });
}

/** Address of a resource in the configuration, as others depend on it: no module has a key. */
export function configurationAddress(of: Parameters<typeof addressOfResource>[0]): string {
	return addressOfResource({ ...of, module: of.module?.replace(/\["(?:[^"\\]|\\.)*"\]|\[\d+\]/g, "") });
}

/** A text of HCL, in which a template would begin with `${` or `%{`. */
const quoted = (key: string) => JSON.stringify(key).replace(/[$%](?=\{)/g, "$&$&");
const plainQuotes = (index: string) => index.replace(/([$%])\1(?=\{)/g, "$1");
