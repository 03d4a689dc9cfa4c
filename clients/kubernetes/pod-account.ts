import { readFileSync } from "node:fs";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { jsonObject } from "../http/exchange.ts";

/** The service account of a pod, as the kubelet mounts it. */
export interface PodAccount {
	/** Folder with `token`, `ca.crt` and `namespace`. */
	readonly folder: string;
	/** Address of the API server. */
	readonly server: string;
}

/** Where it is in every pod. No variable says so, since whoever starts a pipeline chooses variables. */
export const thisPod: PodAccount = {
	folder: "/var/run/secrets/kubernetes.io/serviceaccount",
	server: "https://kubernetes.default.svc",
};

/** Seconds for which a token is valid, the least that Kubernetes issues. */
const lifetime = 600;

/**
 * A token of the pod's own account for another server than the API server, which does not accept it, and which no other
 * server accepts (TokenRequest API).
 *
 * @throws VisibleError outside of a pod, and when the account has no right to it
 */
export async function tokenFor(
	{ folder, server }: PodAccount,
	{ namespace, serviceAccount }: { readonly namespace: string; readonly serviceAccount: string },
	audience: string,
): Promise<string> {
	const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}/token`;
	const { status, answer } = await post(
		`${server}${path}`,
		fileOf(folder, "ca.crt"),
		fileOf(folder, "token").trim(),
		{
			apiVersion: "authentication.k8s.io/v1",
			kind: "TokenRequest",
			spec: { audiences: [audience], expirationSeconds: lifetime },
		},
	);
	const { token } = (jsonObject(answer)?.status ?? {}) as { readonly token?: unknown };
	if (typeof token === "string") return token;
	throw new VisibleError(
		`POST ${path} answers ${status}: this pod does not run as ${namespace}/${serviceAccount}, or may not ask for its tokens`,
	);
}

function fileOf(folder: string, name: string): string {
	try {
		return readFileSync(`${folder}/${name}`, "utf8");
	} catch {
		throw new VisibleError(`${folder}/${name} cannot be read: expected a pod with a service account`);
	}
}

async function post(
	url: string,
	ca: string,
	token: string,
	body: object,
): Promise<{ readonly status: number; readonly answer: string }> {
	const sent = request(url, {
		method: "POST",
		ca,
		headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
		signal: AbortSignal.timeout(10_000),
	});
	sent.end(JSON.stringify(body));
	try {
		const response = await new Promise<import("node:http").IncomingMessage>((resolve, reject) => {
			sent.on("response", resolve).on("error", reject);
		});
		return { status: response.statusCode ?? 0, answer: await text(response) };
	} catch (error) {
		throw new VisibleError(`${new URL(url).origin} cannot be reached: ${(error as Error).message}`);
	}
}
