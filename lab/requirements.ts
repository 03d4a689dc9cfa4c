import { probeProvider } from "../engine/probe-providers.ts";
import { UsageError } from "../terminal/usage-error.ts";
import { findProgram } from "./find-program.ts";
import type { Lab } from "./lab-state.ts";
import { missingOf, missingPrograms } from "./needed-programs.ts";
import type { Product } from "./products/product.ts";
import { products } from "./products/products.ts";

/** What a product needs and this machine lacks: programs of its own, and commands of others. */
export const lackedBy = ({ programs, commands }: Product): readonly string[] => [
	...missingOf(programs),
	...commands
		.filter((names) => findProgram(...names.split("|")) === undefined)
		.map((names) => names.replaceAll("|", " or ")),
];

/** Products that start unasked: those whose programs are here, and whose charts can be rendered. */
export async function unaskedProducts(): Promise<readonly Product[]> {
	const here = products.filter((product) => product.byDefault && lackedBy(product).length === 0);
	if (here.length === 0) return [];
	const problem = await probeProvider("helm").then(
		(probe) => probe.problem,
		(error: Error) => error.message,
	);
	return problem === null ? here : [];
}

/** @throws UsageError when the lab, or a product that is wanted in it, cannot be started on this machine */
export function requirePrograms(wanted: readonly Product[]): void {
	const missing = missingPrograms();
	if (missing.length > 0)
		throw new UsageError(`the lab needs ${missing.join(", ")}`, "infra lab build says how to get them");
	for (const product of wanted) {
		const lacked = lackedBy(product);
		if (lacked.length > 0)
			throw new UsageError(
				`${product.name} needs ${lacked.join(", ")}`,
				missingOf(product.programs).length > 0
					? `infra lab build ${product.name} builds it`
					: "install it, or start the lab without the product",
			);
	}
}

/** @throws UsageError when a running lab lacks a product that is wanted */
export function requireRunning(lab: Lab, wanted: readonly Product[]): void {
	const absent = wanted.map(({ name }) => name).filter((name) => !lab.products.includes(name));
	if (absent.length > 0)
		throw new UsageError(
			`the lab runs without ${absent.join(", ")}`,
			"infra lab down ends it; then start it with them",
		);
}
