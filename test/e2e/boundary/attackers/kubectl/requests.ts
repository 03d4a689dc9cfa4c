import { type Call, requests } from "../../attack.ts";

/** Requests of an owner, each refused with 403. */
export const kube = requests(
	"API server",
	(world, [method, path, body]) => world.as("alice", method, path, body),
	[403],
);

export const core = (namespace: string, rest: string) => `/api/v1/namespaces/${namespace}/${rest}`;

export const rbac = (namespace: string, rest: string) =>
	`/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/${rest}`;

export const net = (rest: string) => `/apis/networking.k8s.io/v1/namespaces/alice/${rest}`;

export const dry = (path: string) => `${path}${path.includes("?") ? "&" : "?"}dryRun=All`;

/** Asks whether an object may be made, and makes none. */
export const post = (path: string, body: object): Call => ["POST", dry(path), body];

export const named = (name: string, more: object = {}) => ({ metadata: { name }, ...more });

export const get = (path: string): Call => ["GET", path];

export const robot = [{ kind: "ServiceAccount", name: "robot", namespace: "alice" }];

export const tokenRequest = (expirationSeconds: number, audiences?: string[]) => ({
	spec: { expirationSeconds, ...(audiences ? { audiences } : {}) },
});
