import { kubectl } from "../../clients/kubernetes/kubectl.ts";
import { vaultAccess } from "../../clients/vault/access.ts";
import { askVault, findInVault } from "../../clients/vault/ask-vault.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { recordsOfRelease } from "../../review/kubernetes/release-records.ts";
import type { PlannedChange } from "../../review/plan/plan-summary.ts";
import type { Json } from "../../world/world.ts";
import type { Asked } from "./import-blocks.ts";
import { getObjects } from "./in-cluster.ts";
import { plannedPlace } from "./in-vault.ts";

/** What is made by several requests, and neither created nor imported once it was cut off between them. */
interface HalfMade {
	/** Whether no more is there than the first request makes. @throws VisibleError when that cannot be asked */
	readonly found: () => Promise<boolean>;
	/** @throws VisibleError when it is refused */
	readonly remove: () => Promise<void>;
	/** Command that does the same by hand. */
	readonly command: string;
}

const kinds: Readonly<Record<string, (change: PlannedChange, asked: Asked) => HalfMade | undefined>> = {
	helm_release: pendingRelease,
	vault_jwt_auth_backend: (change, asked) => emptyEngine(change, asked, "role"),
	vault_kubernetes_secret_backend: (change, asked) => emptyEngine(change, asked, "roles"),
};

/** What a plan creates that may be half made; undefined for what is made at once. */
export function halfMade(change: PlannedChange, asked: Asked): HalfMade | undefined {
	return Object.hasOwn(kinds, change.type) ? kinds[change.type]?.(change, asked) : undefined;
}

/** Helm writes a record, then what the chart has, which the next installation of that name takes over. */
function pendingRelease({ values }: PlannedChange, { world: { site } }: Asked): HalfMade | undefined {
	const release = values?.after as Json;
	const [records, pending] = [recordsOfRelease(release), recordsOfRelease(release, "pending-install")];
	if (records === undefined || pending === undefined) return undefined;
	return {
		command: `kubectl delete ${pending.join(" ")}`,
		found: async () => {
			const [all, some] = await Promise.all([getObjects(site, records), getObjects(site, pending)]);
			return some.length > 0 && some.length === all.length;
		},
		remove: async () => {
			const { code, stderr } = await kubectl(site, ["delete", ...pending]);
			if (code !== 0) throw new VisibleError(`kubectl delete: ${stderr.trim().split("\n").at(-1)}`);
		},
	};
}

/**
 * An engine that is mounted and not configured is nothing to the importer, and in the way of a creation.
 *
 * @param roles under which name its API lists who may use it
 */
function emptyEngine(
	change: PlannedChange,
	{ world: { site }, env }: Asked,
	roles: string,
): HalfMade | undefined {
	const place = plannedPlace(change);
	const [, kind, name] = /^sys\/(auth|mounts)\/(.+)$/.exec(place ?? "") ?? [];
	if (place === undefined || name === undefined) return undefined;
	const [at, command] = kind === "auth" ? [`auth/${name}`, "auth"] : [name, "secrets"];
	return {
		command: `vault ${command} disable ${name}`,
		found: async () => {
			const access = await vaultAccess(site, env);
			const parts = await Promise.all([
				findInVault(access, { path: [...at.split("/"), "config"] }),
				findInVault(access, { method: "LIST", path: [...at.split("/"), roles] }),
			]);
			return parts.every((part) => part === undefined);
		},
		remove: async () => {
			await askVault(await vaultAccess(site, env), { method: "DELETE", path: place.split("/") });
		},
	};
}
