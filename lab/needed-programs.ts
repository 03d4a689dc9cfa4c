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
		/** Module whose version is the program's, when the main package is one of `tools/`. @default that of the package */
		readonly product?: string;
		/** Variable that the linker sets to the version; without it the program knows none. @default none */
		readonly stamp?: string;
		/** A dependency in which files of the folder of that name, below the module's, take the place of its own. */
		readonly patched?: { readonly dependency: string; readonly folder: string };
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

/** Products that only tests run: operators whose boundaries are attacked, a forge, names and ingress. The lab starts without them. */
export const testedPrograms: readonly NeededProgram[] = [
	{ names: ["gitea"], build: { module: "gitea", package: "gitea.dev", stamp: "main.Version" } },
	{
		names: ["external-secrets"],
		build: { module: "external-secrets", package: "github.com/external-secrets/external-secrets" },
	},
	{
		names: ["coredns"],
		build: { module: "coredns", package: "infra/tools/coredns", product: "github.com/coredns/coredns" },
	},
	{
		names: ["traefik"],
		build: {
			module: "traefik",
			package: "github.com/traefik/traefik/v3/cmd/traefik",
			stamp: "github.com/traefik/traefik/v3/pkg/version.Version",
			// Two of the modules behind its DNS providers cannot be had, and all of them are linked in.
			patched: { dependency: "github.com/go-acme/lego/v5", folder: "lego" },
		},
	},
];

/** Programs that are missing on this machine. */
export function missingPrograms(): string[] {
	return labPrograms
		.filter(({ names }) => findProgram(...names) === undefined)
		.map(({ names }) => names.join(" or "));
}
