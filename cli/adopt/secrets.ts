import type { StateInstance } from "../../engine/state/rewrite/state-document.ts";
import type { Block } from "../../world/blocks.ts";

/** A secret that a state holds in the clear. */
export interface ClearSecret {
	/** Path of the argument, such as `data.password`. */
	readonly path: string;
	readonly value: string;
}

/** Arguments that hold secrets, whatever a state marks: older versions of Terraform marked nothing. */
const always: Readonly<Record<string, readonly string[]>> = {
	kubernetes_secret: ["data", "binary_data"],
	kubernetes_secret_v1: ["data", "binary_data"],
	random_password: ["result", "bcrypt_hash"],
	tls_private_key: ["private_key_pem", "private_key_openssh", "private_key_pem_pkcs8"],
	vault_generic_secret: ["data_json", "data"],
	vault_kv_secret: ["data_json", "data"],
	vault_kv_secret_v2: ["data_json", "data"],
};

/** Texts shorter than this are found everywhere. */
const shortest = 6;

/** The secrets of an object in a state. */
export function clearSecrets(type: string, instance: StateInstance): ClearSecret[] {
	return secretRoots(type, instance).flatMap((root) => leaves(instance.attributes?.[root], root));
}

/**
 * The object without its secrets, as the code declares it: write-only arguments take the place of those that a state has.
 *
 * @param declared arguments of its block
 */
export function withoutSecrets(type: string, instance: StateInstance, declared: Block): StateInstance {
	const roots = secretRoots(type, instance).filter((root) => !Object.hasOwn(declared, root));
	if (roots.length === 0) return instance;
	const attributes: Record<string, unknown> = { ...instance.attributes };
	for (const root of roots) {
		attributes[root] = null;
		// With a revision the provider reads no values back; another one than that of the code has it write them once.
		const revision = `${root}_wo_revision`;
		if (typeof declared[revision] === "number") attributes[revision] = declared[revision] + 1;
	}
	const { sensitive_attributes: _, ...rest } = instance as StateInstance & { sensitive_attributes?: unknown };
	return { ...rest, attributes };
}

/** Whether the value of a secret stands somewhere in a text of JSON; short ones stand everywhere. */
export function isIn(text: string, { value }: ClearSecret): boolean {
	return value.length >= shortest && text.includes(JSON.stringify(value).slice(1, -1));
}

/** First steps of what a state marks as sensitive, and of what is always. */
function secretRoots(type: string, instance: StateInstance): string[] {
	const { sensitive_attributes: marks = [], attributes = {} } = instance as StateInstance & {
		readonly sensitive_attributes?: readonly (readonly {
			readonly type: string;
			readonly value: unknown;
		}[])[];
	};
	const marked = marks.flatMap(([first]) => (first?.type === "get_attr" ? [String(first.value)] : []));
	return [...new Set([...marked, ...(always[type] ?? [])])].filter(
		(root) => leaves(attributes[root], root).length > 0,
	);
}

function leaves(value: unknown, path: string): ClearSecret[] {
	if (typeof value === "string") return value === "" ? [] : [{ path, value }];
	if (typeof value !== "object" || value === null) return [];
	return Object.entries(value).flatMap(([key, inner]) =>
		leaves(inner, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`),
	);
}
