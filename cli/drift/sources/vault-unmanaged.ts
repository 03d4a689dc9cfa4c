import { findInVault, type VaultAccess } from "../../../clients/vault/ask-vault.ts";
import { VisibleError } from "../../../config/schema/visible-error.ts";
import { pooled } from "../../../terminal/pool.ts";
import type { DriftedObject } from "../stack-drift.ts";

/** Concurrent questions to Vault. */
const atOnce = 4;
/** Things of which more is told than their name. */
const mostDescribed = 40;

/** What of a thing says whom it lets do what; none of it is a secret. */
const telling = [
	"type",
	"policy",
	"policies",
	"token_policies",
	"allowed_policies",
	"bound_service_account_names",
	"bound_service_account_namespaces",
	"bound_claims",
	"service_account_name",
	"kubernetes_role_name",
] as const;

/** Things of Vault that nobody declares, each with what it grants and since when, as far as Vault says. */
export async function describePlaces(
	access: VaultAccess,
	places: readonly string[],
): Promise<DriftedObject[]> {
	const details = await Promise.all(
		pooled(atOnce, places.slice(0, mostDescribed), (place) => read(access, place)),
	);
	return places.map((place, index) => {
		const result = details[index];
		const data = (result?.status === "fulfilled" ? result.value : undefined) ?? {};
		const since = data.creation_time ?? data.created_time;
		return {
			what: "unmanaged",
			address: `vault ${place}`,
			risk: "caution",
			arguments: telling.flatMap((name) => {
				const value = data[name];
				const empty = value === undefined || value === null || value === "" || isEmpty(value);
				return empty ? [] : [{ path: name, before: "absent", after: { shown: value } } as const];
			}),
			consequences: [],
			...(typeof since === "string" ? { since } : {}),
		};
	});
}

function isEmpty(value: unknown): boolean {
	return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

async function read(access: VaultAccess, place: string): Promise<Readonly<Record<string, unknown>>> {
	try {
		const answer = await findInVault(access, { path: place.split("/") });
		return (answer?.data ?? answer ?? {}) as Readonly<Record<string, unknown>>;
	} catch (error) {
		// Its name is known all the same.
		if (error instanceof VisibleError) return {};
		throw error;
	}
}
