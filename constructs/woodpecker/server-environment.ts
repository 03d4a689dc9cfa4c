import type { Registry } from "../../config/registry/registry.ts";
import type { Site } from "../../config/schema/site.ts";
import { woodpeckerAdministrators } from "./administrators.ts";

/** Variables of the server that are no secret (documentation of Woodpecker 3.17, "Server configuration"). */
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
		// For repositories from the moment they are enabled: nobody's push or pull request runs before somebody looks at it.
		WOODPECKER_DEFAULT_APPROVAL_MODE: "all_events",
		// An agent of somebody else would be sent the secrets of whatever it runs.
		WOODPECKER_DISABLE_USER_AGENT_REGISTRATION: "true",
		WOODPECKER_DATABASE_DRIVER: "postgres",
		WOODPECKER_PLUGINS_PRIVILEGED: images.privileged.join(","),
		// The plugin that clones is handed the forge's credential, so that there is only the one.
		WOODPECKER_DEFAULT_CLONE_PLUGIN: images.clone,
		WOODPECKER_PLUGINS_TRUSTED_CLONE: images.clone,
		WOODPECKER_LOG_LEVEL: "info",
	};
}
