import type { Target } from "../../clients/host/target.ts";
import { kubectl } from "../../clients/kubernetes/kubectl.ts";
import { vaultAccess } from "../../clients/vault/access.ts";
import type { RestoreKind } from "../../config/schema/backup.ts";
import { mailRestore } from "../../constructs/mail/tree-restore.ts";
import { redisTopology } from "../../constructs/redis/topology.ts";
import { noSuch, UsageError } from "../../terminal/usage-error.ts";
import type { World } from "../../world/world.ts";
import { backupJobOf, directoryOf } from "./backup-files.ts";
import { exclusive } from "./exclusive.ts";
import { mailRestoration } from "./mail.ts";
import { redisRestoration } from "./redis.ts";
import type { Restoration } from "./restoration.ts";
import { vaultRestoration } from "./vault.ts";
import { volumeRestoration } from "./volume.ts";

export const restorable = [
	"claim",
	"database",
	"vault",
	"redis",
	"mail",
] as const satisfies readonly RestoreKind[];

/** What a command line names. @throws UsageError when that is nothing that can be restored */
export function openRestoration(
	world: World,
	target: Target,
	{ kind, name, replace }: { readonly kind: string; readonly name?: string; readonly replace: boolean },
): Restoration {
	if (kind === "claim" || kind === "database") {
		if (name === undefined) throw new UsageError(`which ${kind}?`, `infra restore ${kind} NAMESPACE/CLAIM`);
		if (replace) throw new UsageError(`--replace: a ${kind} is always replaced`, "leave it out");
		return volumeRestoration(target, kind, name);
	}
	if (name !== undefined) throw new UsageError(`${name}: there is one ${kind} only`, `infra restore ${kind}`);
	// Ctrl-C: a restoration ends what it has begun.
	const cluster = (args: readonly string[], input?: string) =>
		kubectl(world.site, args, input, "left to the caller");
	const inCluster = (volume: string, make: (directory: string) => Restoration) =>
		exclusive(make(directoryOf(world, volume)), cluster, backupJobOf(world, volume));
	if (kind === "redis") {
		const { namespace } = redisTopology(world.site);
		return inCluster("redis-backup-host", (directory) =>
			redisRestoration(directory, namespace, target, cluster, replace),
		);
	}
	if (kind === "mail")
		return inCluster(mailRestore.backups, (directory) =>
			mailRestoration(directory, target, cluster, replace),
		);
	if (kind !== "vault") throw noSuch("kind of data", kind, restorable);
	if (replace) throw new UsageError("--replace: vault is always replaced", "leave it out");
	return inCluster("vault-backup-host", (directory) =>
		vaultRestoration(directory, target, () => vaultAccess(world.site)),
	);
}
