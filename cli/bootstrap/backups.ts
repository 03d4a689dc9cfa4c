import { createReadStream, existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import type { Site } from "../../config/schema/site.ts";
import { UsageError } from "../../terminal/usage-error.ts";

/** A dump of one database, in the custom format of pg_dump(1). */
export interface DatabaseDump {
	readonly database: string;
	readonly file: string;
}

/** What a folder has of a platform that was lost, as the backup jobs have written it. */
export interface Backups {
	/** The newest snapshot of Vault's store that is whole. */
	readonly snapshot: string;
	readonly dumps: readonly DatabaseDump[];
	/** Roles of the database server (`pg_dumpall --globals-only`); undefined when they are made in another way. */
	readonly roles: string | undefined;
	/** Name of the newest backup of Redis; undefined without one. */
	readonly redis: string | undefined;
}

/** Below the directory of the NFS server that all backups are written to. */
const directories = { vault: "vault-backup", postgres: "postgresql-backup", redis: "redis-backup" } as const;

/**
 * Looks through the folder with copies of the backup directories.
 *
 * @throws UsageError with everything that is missing: what has come back in part is harder to mend than what has not
 */
export async function findBackups(folder: string, site: Pick<Site, "state">): Promise<Backups> {
	const filesIn = (directory: string, pattern: RegExp) => {
		const path = join(folder, directory);
		const names = existsSync(path) ? readdirSync(path).filter((name) => pattern.test(name)) : [];
		return names.sort().map((name) => join(path, name));
	};
	const snapshots = filesIn(directories.vault, /^vault-raft-\d{8}-\d{6}\.db$/);
	const snapshot = await newestWhole(snapshots);
	const dumps = filesIn(directories.postgres, /\.dump$/).map((file) => ({
		database: basename(file, ".dump"),
		file,
	}));
	const [roles] = filesIn(directories.postgres, /^globals\.sql$/);
	const { tier1 } = site.state;
	const missing = [
		...(snapshot === undefined
			? [
					`${directories.vault}/vault-raft-<time>.db: ${snapshots.length === 0 ? "no snapshot of Vault" : "none that is whole"}`,
				]
			: []),
		...(tier1.kind === "postgres" && !dumps.some(({ database }) => database === tier1.database)
			? [`${directories.postgres}/${tier1.database}.dump: no dump of the states of tier 1`]
			: []),
	];
	if (snapshot === undefined || missing.length > 0)
		throw new UsageError(
			[`${folder} does not have what brings a platform back`, ...missing].join("\n"),
			"docs/runbooks/bootstrap.md says what lies where",
		);
	const redis = filesIn(directories.redis, /^redis-\d{8}-\d{6}\.rdb$/).at(-1);
	return { snapshot, dumps, roles, redis: redis && basename(redis) };
}

/** A snapshot is a compressed archive; one that was cut off does not unpack. */
async function newestWhole(files: readonly string[]): Promise<string | undefined> {
	for (const file of files.toReversed()) {
		const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
		const whole = await pipeline(createReadStream(file), createGunzip(), nowhere).then(
			() => true,
			() => false,
		);
		if (whole) return file;
	}
	return undefined;
}
