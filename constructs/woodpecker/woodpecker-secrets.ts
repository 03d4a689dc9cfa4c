import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { Site } from "../../config/schema/site.ts";
import { ExternalSecret } from "../kubernetes/external-secret.ts";
import type { TieredNamespace } from "../kubernetes/namespace.ts";
import { siteOf } from "../site.ts";
import { staticCredentialPath } from "../vault/database-engine.ts";
import type { WoodpeckerSecrets as Names } from "./values.ts";

/**
 * Connection string of the database as the server takes it. The template is External Secrets' own: a generated password
 * may contain any character, and must stay one part of the URL (RFC 3986 section 3.2.1).
 */
export function datasource(
	database: Pick<Site["woodpecker"]["database"], "host" | "port" | "name" | "user">,
): string {
	const { host, port, name, user } = database;
	return `postgres://${user}:{{ .password | urlquery }}@${host}:${port}/${name}?sslmode=disable`;
}

/** Secrets of server and agents, copied at run time into Secrets of the server's namespace. */
export class WoodpeckerSecrets extends Construct {
	readonly names: Names;
	/** For `dependsOn` of the releases. */
	readonly resources: readonly ITerraformDependable[];

	constructor(scope: Construct, id: string, { namespace }: { readonly namespace: TieredNamespace }) {
		super(scope, id);
		const site = siteOf(this);
		const { forge, database, secretsEntry: path } = site.woodpecker;
		const forgeVariable = `WOODPECKER_${forge.kind.toUpperCase()}`;
		const server = new ExternalSecret(this, "server", {
			namespace,
			name: "woodpecker-secrets",
			from: {
				[`${forgeVariable}_CLIENT`]: { path, key: `${forge.kind}_client_id` },
				[`${forgeVariable}_SECRET`]: { path, key: `${forge.kind}_client_secret` },
				// Signs the sessions of agents; the default is a publicly known word.
				WOODPECKER_GRPC_SECRET: { path, key: "grpc_secret" },
			},
		});
		const agent = new ExternalSecret(this, "agent", {
			namespace,
			name: "woodpecker-agent-secret",
			from: { WOODPECKER_AGENT_SECRET: { path, key: "agent_secret" } },
		});
		const { password } = database;
		const credentials = new ExternalSecret(this, "database", {
			namespace,
			name: "woodpecker-db-creds",
			...(password.kind === "kept"
				? { from: { password } }
				: {
						engine: "database",
						from: {
							password: { path: staticCredentialPath(site, "postgresql", database.user), key: "password" },
						},
					}),
			template: { WOODPECKER_DATABASE_DATASOURCE: datasource(database) },
		});
		this.names = {
			server: server.secretName,
			agent: agent.secretName,
			database: credentials.secretName,
		};
		this.resources = [server.resource, agent.resource, credentials.resource];
	}
}
