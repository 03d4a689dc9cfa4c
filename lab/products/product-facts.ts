import { UsageError } from "../../terminal/usage-error.ts";
import type { Product } from "./product.ts";

/**
 * What the command line says of the products, in the order of their start. They are apart from it, because they load what
 * a command that runs none of them does not need.
 */
export const productFacts = {
	"external-secrets": {
		summary: "ExternalSecrets become Secrets, from the lab's Vault",
		byDefault: true,
		brings: [],
	},
	kyverno: { summary: "policies change, refuse and generate objects", byDefault: false, brings: [] },
	traefik: {
		summary: "hosts are served with their logins and limits, names resolved by CoreDNS",
		byDefault: false,
		brings: [],
	},
	gitea: { summary: "a forge, with the infrastructure repository", byDefault: false, brings: [] },
	woodpecker: {
		summary: "pipelines of that repository run as pods, with the rights that the stack gives",
		byDefault: false,
		brings: ["gitea"],
	},
} satisfies Readonly<Record<string, Pick<Product, "summary" | "byDefault" | "brings">>>;

export type ProductName = keyof typeof productFacts;

const known = Object.keys(productFacts) as ProductName[];

/**
 * Names of products, and of those that they bring.
 *
 * @param list names with commas between them, `all`, or `none`
 * @throws UsageError for anything else
 */
export function productNames(list: string): readonly ProductName[] {
	if (list === "all") return known;
	if (list === "none") return [];
	const wanted = list.split(",").map((name) => name.trim());
	const unknown = wanted.filter((name) => !Object.hasOwn(productFacts, name));
	if (unknown.length > 0)
		throw new UsageError(
			`the lab has no product ${unknown.map((name) => JSON.stringify(name)).join(", ")}`,
			`it has ${known.join(", ")}; "all" means each of them, "none" none`,
		);
	return known.filter((name) =>
		wanted.some(
			(one) => one === name || productFacts[one as ProductName].brings.some((other) => other === name),
		),
	);
}
