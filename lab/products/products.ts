import { UsageError } from "../../terminal/usage-error.ts";
import { externalSecrets } from "./external-secrets.ts";
import { kyverno } from "./kyverno.ts";
import type { Product } from "./product.ts";
import { traefik } from "./serving.ts";

/** Products that the lab can run, in the order of their start. */
export const products: readonly Product[] = [externalSecrets, kyverno, traefik];

const names = products.map(({ name }) => name);

/**
 * Products by name.
 *
 * @param list names with commas between them, `all`, or `none`
 * @throws UsageError for anything else
 */
export function productsNamed(list: string): readonly Product[] {
	if (list === "all") return products;
	if (list === "none") return [];
	const wanted = list.split(",").map((name) => name.trim());
	const unknown = wanted.filter((name) => !names.includes(name));
	if (unknown.length > 0)
		throw new UsageError(
			`the lab has no product ${unknown.map((name) => JSON.stringify(name)).join(", ")}`,
			`it has ${names.join(", ")}; "all" means each of them, "none" none`,
		);
	return products.filter(({ name }) => wanted.includes(name));
}
