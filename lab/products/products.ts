import { externalSecrets } from "./external-secrets.ts";
import { gitea } from "./gitea.ts";
import { kyverno } from "./kyverno.ts";
import type { Product, ProductWorld } from "./product.ts";
import { productNames } from "./product-facts.ts";
import { traefik } from "./serving.ts";
import { woodpecker } from "./woodpecker.ts";

/** Products that the lab can run, in the order of their start. */
export const products: readonly Product[] = [externalSecrets, kyverno, traefik, gitea, woodpecker];

/** Products by name: see {@link productNames}. */
export function productsNamed(list: string): readonly Product[] {
	const names: readonly string[] = productNames(list);
	return products.filter(({ name }) => names.includes(name));
}

/** Starts products side by side, each after those that it brings. Returns once all of them work. */
export async function startProducts(
	worlds: readonly { readonly product: Product; readonly world: ProductWorld }[],
): Promise<void> {
	const started = new Map<string, Promise<void>>();
	for (const { product, world } of worlds) {
		const before = product.brings.map((name) => started.get(name));
		started.set(
			product.name,
			Promise.all(before).then(() => product.start(world)),
		);
	}
	await Promise.all(started.values());
}
