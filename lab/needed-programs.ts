import { findProgram } from "./find-program.ts";
import { vaultPrograms } from "./vault-server.ts";

/** A program of the lab. */
export interface NeededProgram {
	/** Its names, the preferred one first. */
	readonly names: readonly [string, ...string[]];
	readonly debianPackage?: string;
	/** How it is built from the Go modules in `tools/`; absent for programs from packages. */
	readonly build?: {
		/** Folder below `tools/`, whose go.mod states the version. */
		readonly module: string;
		/** Main package. */
		readonly package: string;
		/** Variable that the linker sets to the version; without it the program knows none. @default none */
		readonly stamp?: string;
	};
}

const kubernetes = (name: string): NeededProgram => ({
	names: [name],
	build: { module: "kubernetes", package: `k8s.io/kubernetes/cmd/${name}` },
});

/** Programs of the lab in the order of building: those of Kubernetes share most of the work. */
export const labPrograms: readonly NeededProgram[] = [
	{ names: ["etcd"], build: { module: "etcd", package: "go.etcd.io/etcd/server/v3" } },
	kubernetes("kube-apiserver"),
	kubernetes("kube-controller-manager"),
	kubernetes("kube-scheduler"),
	{ names: ["kwok"], build: { module: "kwok", package: "sigs.k8s.io/kwok/cmd/kwok" } },
	{ names: vaultPrograms },
	{ names: ["postgres"], debianPackage: "postgresql" },
];

/** Products that only tests run: operators whose boundaries are attacked, and a forge. The lab starts without them. */
export const testedPrograms: readonly NeededProgram[] = [
	{ names: ["gitea"], build: { module: "gitea", package: "gitea.dev", stamp: "main.Version" } },
	{
		names: ["external-secrets"],
		build: { module: "external-secrets", package: "github.com/external-secrets/external-secrets" },
	},
];

/** Programs that are missing on this machine. */
export function missingPrograms(): string[] {
	return labPrograms
		.filter(({ names }) => findProgram(...names) === undefined)
		.map(({ names }) => names.join(" or "));
}
