import { findProgram } from "./find-program.ts";
import { vaultPrograms } from "./vault-server.ts";

/** Programs of the lab, each with where it comes from. */
export const labPrograms = [
	{ names: ["etcd"], from: "go.etcd.io/etcd/server/v3@v3.6.16" },
	{ names: ["kube-apiserver"], from: "k8s.io/kubernetes/cmd/kube-apiserver, version 1.34.3" },
	{
		names: ["kube-controller-manager"],
		from: "k8s.io/kubernetes/cmd/kube-controller-manager, version 1.34.3",
	},
	{ names: ["kube-scheduler"], from: "k8s.io/kubernetes/cmd/kube-scheduler, version 1.34.3" },
	{ names: ["kwok"], from: "sigs.k8s.io/kwok/cmd/kwok@v0.8.0" },
	{ names: [...vaultPrograms], from: "the package of either project" },
] as const;

/** What is not on this machine. */
export function missingPrograms(): string[] {
	return labPrograms
		.filter(({ names }) => findProgram(...names) === undefined)
		.map(({ names }) => names.join(" or "));
}
