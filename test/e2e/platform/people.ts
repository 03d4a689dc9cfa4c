/** Users of the tests, and a namespace that one of them has lost. */
export const alice = {
	role: "namespace-owner",
	email: "a@example.com",
	namespaces: ["alice", "alice-dev"],
	domains: ["shop"],
};
export const bob = {
	role: "namespace-owner",
	email: "b@example.com",
	namespaces: ["bob"],
	quota: { pods: "3", persistentvolumeclaims: "1" },
	pod_security: "baseline",
};
export const carol = { role: "power-user", email: "c@example.com" };
export const dave = { role: "admin", email: "d@example.com" };
export const finn = {
	role: "namespace-owner",
	email: "f@example.com",
	namespaces: ["finn"],
	disabled: true,
};
export const registry = { alice, bob, carol, dave, finn };

/** A pod that Pod Security level `restricted` admits, with more on top. */
export function pod(name: string, spec: object = {}, container: object = {}) {
	return {
		metadata: { name },
		spec: {
			securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
			containers: [
				{
					name: "c",
					image: "docker.io/library/nginx:1.29.0",
					securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
					...container,
				},
			],
			...spec,
		},
	};
}
