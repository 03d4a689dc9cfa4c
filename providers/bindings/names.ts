import type { Mode, TypeName } from "../schema/provider-schema.ts";

/** What a class of the bindings stands for: a type, or the provider itself. */
export type BindingName = TypeName | { readonly mode: "provider"; readonly type: string };

const prefixes: Readonly<Record<Mode, string>> = { resource: "", data: "data_", ephemeral: "ephemeral_" };

/**
 * Folder of a class in its package, as in the prebuilt packages of CDKTF: `deployment-v1`,
 * `data-kubernetes-all-namespaces`, `ephemeral-vault-kv-secret-v2`, `provider`.
 */
export function folderOf(name: BindingName): string {
	return baseName(name).replaceAll("_", "-");
}

/** Name of the class, such as `DeploymentV1` or `KubernetesProvider`. */
export function classOf(name: BindingName): string {
	return pascalCase(name.mode === "provider" ? `${name.type}_provider` : baseName(name));
}

/** The type of a folder of a package; the inverse of `folderOf`. */
export function bindingIn(provider: string, folder: string): BindingName {
	if (folder === "provider") return { mode: "provider", type: provider };
	const name = folder.replaceAll("-", "_");
	for (const mode of ["data", "ephemeral"] as const) {
		const prefix = `${prefixes[mode]}${provider}_`;
		if (name.startsWith(prefix)) return { mode, type: name.slice(prefixes[mode].length) };
	}
	return { mode: "resource", type: `${provider}_${name}` };
}

function baseName({ mode, type }: BindingName): string {
	if (mode === "provider") return "provider";
	const prefix = prefixes[mode];
	return prefix === "" ? type.slice(type.indexOf("_") + 1) : prefix + type;
}

/** `run_as_user` as `runAsUser`. A letter after a digit is upper case: `ipv4address` is `ipv4Address`. */
export function camelCase(name: string): string {
	const [first = "", ...others] = name.split("_").filter(Boolean);
	return [first, ...others.map(upperFirst)].join("").replace(/\d+[a-z]/g, (digits) => digits.toUpperCase());
}

export function pascalCase(name: string): string {
	return upperFirst(camelCase(name));
}

function upperFirst(word: string): string {
	return word.charAt(0).toUpperCase() + word.slice(1);
}
