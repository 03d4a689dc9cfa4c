import { externalSecrets } from "./external-secrets.ts";
import { kyverno } from "./kyverno.ts";
import type { Product } from "./product.ts";
import { productNames } from "./product-facts.ts";
import { traefik } from "./serving.ts";

/** Products that the lab can run, in the order of their start. */
export const products: readonly Product[] = [externalSecrets, kyverno, traefik];

/** Products by name: see {@link productNames}. */
export function productsNamed(list: string): readonly Product[] {
	const names: readonly string[] = productNames(list);
	return products.filter(({ name }) => names.includes(name));
}
