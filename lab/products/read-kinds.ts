import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { externalSecretsSource } from "./external-secrets.ts";
import { type KeptProduct, type keptProducts, kindsOf, moduleVersion } from "./kept-kinds.ts";
import { kyvernoSource } from "./kyverno.ts";
import { productFiles } from "./product-files.ts";
import { traefikDefinitions, traefikModule } from "./traefik.ts";

/** Products whose kinds are kept. */
type Name = keyof typeof keptProducts;

/**
 * Reads from a product's own module what is kept of it.
 *
 * @param folder where its chart is rendered
 * @throws VisibleError when the module or the provider helm cannot be had
 */
export async function readKinds(name: Name, folder: string): Promise<KeptProduct> {
	// Its chart is in no module, and aggregates nothing unless it is told to.
	if (name === "traefik") return kindsOf(moduleVersion(name, traefikModule), traefikDefinitions(), []);
	const source = { "external-secrets": externalSecretsSource, kyverno: kyvernoSource }[name];
	const own = join(folder, name);
	mkdirSync(own);
	const { definitions, objects } = await productFiles(source, own);
	return kindsOf(moduleVersion(source.tool, source.module), definitions, objects);
}
