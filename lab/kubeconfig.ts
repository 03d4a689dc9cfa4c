import type { ApiAccess } from "./kubernetes-api.ts";

/** A kubeconfig with one user, who logs in with a token. */
export const kubeconfig = ({ host, caFile, token }: ApiAccess) => ({
	apiVersion: "v1",
	kind: "Config",
	clusters: [{ name: "lab", cluster: { server: host, "certificate-authority": caFile } }],
	users: [{ name: "lab", user: { token } }],
	contexts: [{ name: "lab", context: { cluster: "lab", user: "lab" } }],
	"current-context": "lab",
});
