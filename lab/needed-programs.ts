import { findProgram } from "./find-program.ts";
import { networkPlugins } from "./node/node-files.ts";
import { coredns } from "./products/coredns.ts";
import { products } from "./products/products.ts";
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
		/** A dependency in which files of the folder of that name, below the module's, take the place of its own. */
		readonly patched?: { readonly dependency: string; readonly folder: string };
		/** Variables that the linker sets, by the version such as `v1.2.3`. @default none */
		readonly stamps?: (version: string) => Readonly<Record<string, string>>;
	};
}

const kubernetes = (name: string): NeededProgram => ({
	names: [name],
	build: {
		module: "kubernetes",
		package: `k8s.io/kubernetes/cmd/${name}`,
		// Otherwise the server reports v0.0.0.
		stamps: (gitVersion) => {
			const [gitMajor = "", gitMinor = ""] = gitVersion.replace("v", "").split(".");
			return Object.fromEntries(
				Object.entries({ gitVersion, gitMajor, gitMinor }).map(([key, value]) => [
					`k8s.io/component-base/version.${key}`,
					value,
				]),
			);
		},
	},
});

const letsEncrypt = (name: string): NeededProgram => ({
	names: [name],
	build: { module: "pebble", package: `github.com/letsencrypt/pebble/v2/cmd/${name}` },
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

/** Programs of the nodes that run containers, beside those of the lab. */
export const nodePrograms: readonly NeededProgram[] = [
	kubernetes("kubelet"),
	kubernetes("kube-proxy"),
	coredns,
	{ names: ["containerd"], debianPackage: "containerd" },
	{ names: ["runc"], debianPackage: "runc" },
	{ names: [`${networkPlugins}/ptp`], debianPackage: "containernetworking-plugins" },
	{ names: ["busybox"], debianPackage: "busybox" },
	{ names: ["openssl"], debianPackage: "openssl" },
];

/** Programs that the lab starts without: those of products, and what only tests run. */
export const furtherPrograms: readonly NeededProgram[] = [
	...new Set([...products.flatMap(({ programs }) => programs), ...nodePrograms]),
	{
		names: ["tofu"],
		build: {
			module: "opentofu",
			package: "github.com/opentofu/opentofu/cmd/tofu",
			// Otherwise it calls itself a development version.
			stamps: () => ({ "github.com/opentofu/opentofu/version.dev": "no" }),
		},
	},
	{ names: ["sops"], build: { module: "sops", package: "github.com/getsops/sops/v3/cmd/sops" } },
	letsEncrypt("pebble"),
	letsEncrypt("pebble-challtestsrv"),
];

/** Names of those of some programs that are not on this machine. */
export const missingOf = (programs: readonly NeededProgram[]): string[] =>
	programs.filter(({ names }) => findProgram(...names) === undefined).map(({ names }) => names.join(" or "));

/** Programs without which the lab does not start, and which are missing on this machine. */
export const missingPrograms = (): string[] => missingOf(labPrograms);
