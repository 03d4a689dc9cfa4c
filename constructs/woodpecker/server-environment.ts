import type { Registry } from "../../config/registry/registry.ts";
import type { Site } from "../../config/schema/site.ts";
import { woodpeckerAdministrators } from "./administrators.ts";

/** Environment variables of the server, without secrets (documentation of Woodpecker 3.17, "Server configuration"). */
export type ServerEnvironment = Readonly<Record<`WOODPECKER_${string}`, string>>;

/** Settings of the server. */
export function serverEnvironment(site: Site, registry: Pick<Registry, "owners">): ServerEnvironment {
	const { images, forge, administrators, registration } = site.woodpecker;
	const kind = forge.kind === "forgejo" ? "FORGEJO" : "GITHUB";
	return {
		WOODPECKER_HOST: `https://ci.${site.network.domain}`,
		WOODPECKER_ADMIN: woodpeckerAdministrators(registry, administrators).join(","),
		[`WOODPECKER_${kind}`]: "true",
		[`WOODPECKER_${kind}_URL`]: forge.url,
		...(registration.kind === "closed"
			? { WOODPECKER_OPEN: "false" }
			: {
					WOODPECKER_OPEN: "true",
					WOODPECKER_ORGS: registration.organisations.join(","),
					WOODPECKER_REPO_OWNERS: registration.repositoryOwners.join(","),
				}),
		// Every pipeline of a newly enabled repository waits for approval, until the setting is changed there.
		WOODPECKER_DEFAULT_APPROVAL_MODE: "all_events",
		// Without it there are no agents of organisations, which is what keeps owners' agents apart. An owner who makes one
		// would be sent the tasks of the own organisation alone, and reaches no port of the server that is for agents.
		WOODPECKER_DISABLE_USER_AGENT_REGISTRATION: "false",
		WOODPECKER_DATABASE_DRIVER: "postgres",
		WOODPECKER_PLUGINS_PRIVILEGED: images.privileged.join(","),
		// The clone plugin gets the credential of the forge, so only this one is allowed.
		WOODPECKER_DEFAULT_CLONE_PLUGIN: images.clone,
		WOODPECKER_PLUGINS_TRUSTED_CLONE: images.clone,
		WOODPECKER_LOG_LEVEL: "info",
	};
}
