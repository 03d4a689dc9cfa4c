import {
	DatabaseSecretBackendConnection,
	type DatabaseSecretBackendConnectionConfig,
} from "@cdktf/provider-vault/lib/database-secret-backend-connection/index.js";
import { DatabaseSecretBackendStaticRole } from "@cdktf/provider-vault/lib/database-secret-backend-static-role/index.js";
import { Mount } from "@cdktf/provider-vault/lib/mount/index.js";
import { Construct } from "constructs";
import { days, inSeconds } from "../../config/schema/duration.ts";
import type { Site } from "../../config/schema/site.ts";
import type { Database, DatabaseKind } from "../../config/schema/vault.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { EphemeralVaultSecret } from "../secrets/ephemeral-vault-secret.ts";
import { siteOf } from "../site.ts";

/** Path of the engine. */
export const databaseEngine = "database";

/** Rotation period of static roles in seconds: seven days. */
const rotationSeconds = inSeconds(days(7));

const prefixes = { mysql: "mysql", postgresql: "pg" } as const satisfies Record<DatabaseKind, string>;

/** Databases that Vault may rotate passwords of. */
export const databaseKinds = Object.keys(prefixes) as readonly DatabaseKind[];

/** Name of the static role of a database user. */
export function staticRoleName(kind: DatabaseKind, user: string): string {
	return `${prefixes[kind]}-${user.replaceAll("_", "-")}`;
}

/**
 * Path below the engine at which a consumer reads its password.
 *
 * @throws VisibleError when the site lists no such user, since its role would not exist
 */
export function staticCredentialPath(
	{ vault }: Pick<Site, "vault">,
	kind: DatabaseKind,
	user: string,
): string {
	const users = vault.databases[kind]?.users ?? [];
	if (!users.includes(user))
		throw new VisibleError(
			`vault.databases.${kind}.users has no ${user}; it lists ${users.join(", ") || "nobody"}`,
		);
	return `static-creds/${staticRoleName(kind, user)}`;
}

/** The engine that rotates passwords of database users; connections and roles come from the site. */
export class DatabaseEngine extends Construct {
	constructor(scope: Construct, id: string) {
		super(scope, id);
		const backend = new Mount(this, "Resource", {
			path: databaseEngine,
			type: "database",
			description: "Passwords of database users, rotated",
			lifecycle: { preventDestroy: true },
		}).path;
		const { databases } = siteOf(this).vault;
		for (const kind of ["mysql", "postgresql"] as const) {
			const database = databases[kind];
			if (database !== undefined) this.#add(backend, kind, database);
		}
	}

	#add(backend: string, kind: DatabaseKind, database: Database): void {
		const { superuser, password, users } = database;
		const { path, key, version } = password;
		const secret = new EphemeralVaultSecret(this, `${kind}-password`, { path, version });
		const connection = new DatabaseSecretBackendConnection(this, kind, {
			backend,
			name: kind,
			allowedRoles: users.map((user) => staticRoleName(kind, user)),
			[kind]: {
				connectionUrl: connectionUrl(kind, database),
				username: superuser,
				passwordWo: secret.value(key),
				passwordWoVersion: version,
			},
		} satisfies DatabaseSecretBackendConnectionConfig);
		for (const user of users)
			new DatabaseSecretBackendStaticRole(this, `${kind}-${user}`, {
				backend,
				dbName: connection.name,
				name: staticRoleName(kind, user),
				username: user,
				rotationPeriod: rotationSeconds,
			});
	}
}

/** URL of a connection with placeholders, which Vault fills in: with a password the URL would be in the state. */
function connectionUrl(kind: DatabaseKind, { host, port }: Database): string {
	return kind === "mysql"
		? `{{username}}:{{password}}@tcp(${host}:${port})/`
		: `postgresql://{{username}}:{{password}}@${host}:${port}/postgres?sslmode=disable`;
}
