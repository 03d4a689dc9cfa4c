import { vaultAccess } from "../../clients/vault/access.ts";
import { askVault, type VaultAccess } from "../../clients/vault/ask-vault.ts";
import { VaultRefusal } from "../../clients/vault/refusal.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import type { Live, LiveTwin } from "../../review/live.ts";
import type { PlannedChange } from "../../review/plan/plan-summary.ts";
import { pooled } from "../../terminal/pool.ts";
import { block, plain } from "../../world/blocks.ts";
import { vaultPlace } from "../../world/vault-places.ts";
import type { Json, World } from "../../world/world.ts";

/** Concurrent questions to Vault. */
const atOnce = 8;
/** Things that are asked for; a new server has none of them, and one answer tells that. */
const most = 200;

/** Types that Vault or the provider refuse to make twice; what is at the place of another is written over. */
export const refusedTypes: ReadonlySet<string> = new Set([
	"vault_audit",
	"vault_auth_backend",
	"vault_identity_entity",
	"vault_identity_group",
	"vault_jwt_auth_backend",
	"vault_kubernetes_secret_backend",
	"vault_mount",
]);
/** A key that is there is kept, and nothing is written. */
const kept = "vault_transit_secret_backend_key";

/** Things of Vault at the places of those that a plan makes. */
export async function inVault(
	made: readonly PlannedChange[],
	{ site }: World,
	env: NodeJS.ProcessEnv,
): Promise<Partial<Live>> {
	const places = made
		.filter(({ type }) => type.startsWith("vault_"))
		.flatMap((change) => {
			const place = plannedPlace(change);
			return place === undefined ? [] : [{ change, place }];
		});
	if (places.length === 0) return {};
	const access = await vaultAccess(site, env);
	const answers = await Promise.all(
		pooled(atOnce, places.slice(0, most), ({ place }) => find(access, place)),
	);
	const twins: LiveTwin[] = [];
	const errors = new Set<string>();
	if (places.length > most) errors.add(`Vault was asked for the first ${most} of ${places.length} things`);
	const denied = answers.filter(isDenied).length;
	if (denied > 0) errors.add(`Vault does not let the token look at ${denied} of ${answers.length} things`);
	for (const [index, answer] of answers.entries()) {
		const { change, place } = places[index] ?? {};
		if (change === undefined) continue;
		if (isDenied(answer)) continue;
		if (answer.status === "rejected") {
			if (!(answer.reason instanceof VisibleError)) throw answer.reason;
			errors.add(answer.reason.message);
		} else if (answer.value)
			twins.push({
				address: change.address,
				effect: refusedTypes.has(change.type)
					? "refused"
					: change.type === kept
						? "taken over"
						: "overwritten",
				what: `${place} of Vault`,
			});
	}
	return { twins, errors: [...errors] };
}

function isDenied(answer: PromiseSettledResult<boolean>): boolean {
	return (
		answer.status === "rejected" && answer.reason instanceof VaultRefusal && answer.reason.status === 403
	);
}

/**
 * Where Vault's API will have what a plan makes; undefined for a part of another thing, and for what is named only by the
 * apply.
 */
export function plannedPlace({ type, values }: PlannedChange): string | undefined {
	const given = block(values?.after as Json);
	try {
		return vaultPlace(type, (argument, otherwise) => {
			const value = plain(given[argument]) ?? otherwise;
			if (value === undefined) throw new VisibleError(`${argument} is not known yet`);
			return value.replace(/^\/+|\/+$/g, "");
		});
	} catch (error) {
		if (error instanceof VisibleError) return undefined;
		throw error;
	}
}

async function find(access: VaultAccess, place: string): Promise<boolean> {
	try {
		const { data } = await askVault(access, {
			path: place.startsWith("sys/audit/") ? ["sys", "audit"] : place.split("/"),
		});
		return (
			!place.startsWith("sys/audit/") ||
			Object.hasOwn((data ?? {}) as object, `${place.slice("sys/audit/".length)}/`)
		);
	} catch (error) {
		if (error instanceof VaultRefusal && isAbsent(error)) return false;
		throw error;
	}
}

/** Vault says in three ways that there is no such thing: 404, no mount for it, and 400 for a mount itself. */
function isAbsent({ absent, errors }: VaultRefusal): boolean {
	return absent || errors.some((words) => /^no handler for route|^No (secret|auth) engine/.test(words));
}
