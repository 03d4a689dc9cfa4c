import { readFileSync } from "node:fs";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import { VisibleError } from "../config/schema/visible-error.ts";
import type { Lab } from "./lab-state.ts";

/** An API server and its administrator. */
export type ApiAccess = Pick<Lab, "host" | "token" | "caFile">;

export interface Answer {
	readonly status: number;
	readonly body: string;
}

/** Requests the API server of a lab as its administrator. Existing objects are left unchanged. */
export function askApi(lab: ApiAccess, method: string, path: string, body?: object): Promise<Answer> {
	return new Promise((resolve, reject) => {
		const sent = request(
			`${lab.host}${path}`,
			{
				method,
				ca: readFileSync(lab.caFile),
				// It takes dozens of definitions at once while products are installed.
				timeout: 30_000,
				headers: { authorization: `Bearer ${lab.token}`, "content-type": "application/json" },
			},
			(response) =>
				text(response).then((answer) => resolve({ status: response.statusCode ?? 0, body: answer }), reject),
		);
		sent.on("timeout", () => sent.destroy(new VisibleError(`${lab.host} does not answer`)));
		sent.on("error", reject);
		sent.end(body && JSON.stringify(body));
	});
}

/** @throws Error unless the object exists afterwards */
export async function ensure(lab: ApiAccess, path: string, object: object): Promise<void> {
	const { status, body } = await askApi(lab, "POST", path, object);
	if (status >= 300 && status !== 409) throw new VisibleError(`${path}: ${status} ${body}`);
}
