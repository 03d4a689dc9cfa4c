import { kubectl } from "../../clients/kubernetes/kubectl.ts";
import { vaultAccess } from "../../clients/vault/access.ts";
import { askVault, type VaultAccess, type VaultRequest } from "../../clients/vault/ask-vault.ts";
import { VaultRefusal } from "../../clients/vault/refusal.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import type { PlannedChange } from "../../review/plan/plan-summary.ts";
import type { Asked } from "./import-blocks.ts";
import { getObjects, recordsOfRelease } from "./in-cluster.ts";
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
	vault_jwt_auth_backend: (change, asked) =>
		emptyEngine(change, asked, (mount) => {
			const at = mount.replace(/^sys\//, "");
			return {
				config: `${at}/config`,
				roles: `${at}/role`,
				command: `vault auth disable ${at.slice("auth/".length)}`,
			};
		}),
	vault_kubernetes_secret_backend: (change, asked) =>
		emptyEngine(change, asked, (mount) => {
			const at = mount.replace(/^sys\/mounts\//, "");
			return { config: `${at}/config`, roles: `${at}/roles`, command: `vault secrets disable ${at}` };
		}),
};

/** What a plan creates that may be half made; undefined for what is made at once. */
export function halfMade(change: PlannedChange, asked: Asked): HalfMade | undefined {
	return Object.hasOwn(kinds, change.type) ? kinds[change.type]?.(change, asked) : undefined;
}

/** Helm writes a record, then what the chart has, which the next installation of that name takes over. */
function pendingRelease(change: PlannedChange, { site }: Asked): HalfMade | undefined {
	const [records, pending] = [recordsOfRelease(change), recordsOfRelease(change, "pending-install")];
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

/** An engine that is mounted and not configured is nothing to the importer, and in the way of a creation. */
function emptyEngine(
	change: PlannedChange,
	{ site, env }: Asked,
	partsOf: (mount: string) => Readonly<Record<"config" | "roles" | "command", string>>,
): HalfMade | undefined {
	const mount = plannedPlace(change);
	if (mount === undefined) return undefined;
	const { config, roles, command } = partsOf(mount);
	return {
		command,
		found: async () => {
			const access = await vaultAccess(site, env);
			const parts: VaultRequest[] = [{ path: config.split("/") }, { method: "LIST", path: roles.split("/") }];
			return (await Promise.all(parts.map((part) => isAbsent(access, part)))).every(Boolean);
		},
		remove: async () =>
			void (await askVault(await vaultAccess(site, env), { method: "DELETE", path: mount.split("/") })),
	};
}

async function isAbsent(access: VaultAccess, request: VaultRequest): Promise<boolean> {
	try {
		await askVault(access, request);
		return false;
	} catch (error) {
		if (error instanceof VaultRefusal && error.absent) return true;
		throw error;
	}
}
