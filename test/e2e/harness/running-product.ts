import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseSite } from "../../../config/parse-site.ts";
import lab from "../../../config/sites/lab.ts";
import { LabPrograms } from "../../../lab/lab-programs.ts";
import type { Product, ProductWorld } from "../../../lab/products/product.ts";
import type { ControlPlane } from "./control-plane.ts";

/** A product of the lab beside the API server of a test. */
export class RunningProduct {
	readonly #product: Product;
	readonly #world: ProductWorld;

	private constructor(product: Product, world: ProductWorld) {
		this.#product = product;
		this.#world = world;
	}

	/**
	 * Kinds, accounts and rights; nothing acts on them before {@link start}.
	 *
	 * @param folder empty, and removed by whoever made it
	 */
	static async install(
		product: Product,
		plane: ControlPlane,
		{ folder, vaultAddress = "http://127.0.0.1:1" }: { folder: string; vaultAddress?: string },
	): Promise<RunningProduct> {
		const home = join(folder, "home");
		mkdirSync(home);
		const programs = new LabPrograms({
			logs: folder,
			home,
			// The kernel ends them with the tests.
			wrapper: ["setpriv", "--pdeathsig", "KILL"],
		});
		const site = parseSite(lab);
		const world = { api: plane.access, site, vaultAddress, folder, programs };
		await product.install(world);
		return new RunningProduct(product, world);
	}

	async start(): Promise<void> {
		await this.#product.start(this.#world);
	}

	async stop(): Promise<void> {
		await this.#world.programs.stop();
	}
}
