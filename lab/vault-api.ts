import { vaultUrl } from "../clients/vault/vault-url.ts";
import type { Lab } from "./lab-state.ts";

/** Requests the Vault-compatible server of a lab as its administrator. @param path below `/v1/` */
export function askVault(
	lab: Pick<Lab, "vaultAddress" | "vaultToken">,
	method: string,
	path: string,
	body?: object,
): Promise<Response> {
	return fetch(vaultUrl(lab.vaultAddress, ...path.split("/")), {
		method,
		headers: { "X-Vault-Token": lab.vaultToken },
		...(body === undefined ? {} : { body: JSON.stringify(body) }),
		signal: AbortSignal.timeout(10_000),
	});
}
