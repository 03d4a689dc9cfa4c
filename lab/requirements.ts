import { probeProvider } from "../engine/probe-providers.ts";
import { UsageError } from "../terminal/usage-error.ts";
import { findProgram } from "./find-program.ts";
import { type Lab, labFolder } from "./lab-state.ts";
import { missingOf, missingPrograms, nodePrograms } from "./needed-programs.ts";
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
					? `infra lab build ${product.name} builds it, or says where it belongs`
					: "install it, or start the lab without the product",
			);
	}
}

/** What nodes that run containers lack on this machine: programs, and rights. */
export const lackedByNodes = (): readonly string[] => [
	...missingOf(nodePrograms),
	...(process.getuid?.() === 0 ? [] : ["root"]),
];

/** @throws UsageError when no node can run containers on this machine */
export function requireNodes(): void {
	// Empty inside, see enter-as-root.sh.
	const hidden = ["/run", "/var/lib", "/var/log"].find((folder) => labFolder.startsWith(`${folder}/`));
	if (hidden !== undefined)
		throw new UsageError(
			`nodes that run containers do not see ${labFolder}, for ${hidden} is their own`,
			"name another folder in INFRA_LAB",
		);
	const lacked = lackedByNodes();
	if (lacked.length > 0)
		throw new UsageError(
			`a node that runs containers needs ${lacked.join(", ")}`,
			"infra lab build --node builds and lists its programs; or start the lab without it",
		);
}

/** @throws UsageError when a running lab lacks a product, or nodes, that are wanted */
export function requireRunning(lab: Lab, wanted: readonly Product[], nodes: number): void {
	if (lab.nodes.names.length < nodes)
		throw new UsageError(
			`the lab runs with ${lab.nodes.names.length} nodes that run containers`,
			"infra lab down ends it; then start it with more",
		);
	const absent = wanted.map(({ name }) => name).filter((name) => !lab.products.includes(name));
	if (absent.length > 0)
		throw new UsageError(
			`the lab runs without ${absent.join(", ")}`,
			"infra lab down ends it; then start it with them",
		);
}
