import { zoneRecords } from "../../clients/cloudflare/zone-records.ts";
import { vaultAccess } from "../../clients/vault/access.ts";
import { askVault, type VaultAccess } from "../../clients/vault/ask-vault.ts";
import type { Site } from "../../config/schema/site.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import type { ImportLookUp } from "../../world/import-ids.ts";

/**
 * Asks for an id that the server has chosen.
 *
 * @param env logins
 * @throws VisibleError when it cannot be asked, or there is no such thing, or more than one
 */
export function lookUpImportId(site: Site, lookUp: ImportLookUp, env: NodeJS.ProcessEnv): Promise<string> {
	switch (lookUp.at) {
		case "vault":
			return ofThing(lookUp.place, vaultAccess(site, env));
		case "vault-alias":
			return ofAlias(lookUp, vaultAccess(site, env));
		case "zone":
			return ofRecord(site, lookUp, env.CLOUDFLARE_API_TOKEN);
	}
}

async function ofThing(place: string, access: Promise<VaultAccess>): Promise<string> {
	const { data } = await askVault(await access, { path: place.split("/") });
	const { id } = (data ?? {}) as { readonly id?: unknown };
	if (typeof id !== "string") throw new VisibleError(`${place} of Vault has no id`);
	return id;
}

/** Aliases have no name in the API: each is listed with what it is an alias of. */
async function ofAlias(
	{ of, name }: Extract<ImportLookUp, { at: "vault-alias" }>,
	access: Promise<VaultAccess>,
) {
	const path = ["identity", `${of}-alias`, "id"];
	const { data } = await askVault(await access, { method: "LIST", path });
	const { key_info: all = {} } = (data ?? {}) as { key_info?: Record<string, { readonly name?: unknown }> };
	return only(
		Object.keys(all).filter((id) => all[id]?.name === name),
		`alias ${name} of a Vault ${of}`,
	);
}

async function ofRecord(
	site: Site,
	wanted: Extract<ImportLookUp, { at: "zone" }>,
	token = "",
): Promise<string> {
	if (site.dns.kind === "none") throw new VisibleError("the site has no zone");
	if (token === "") throw new VisibleError("CLOUDFLARE_API_TOKEN is not set");
	const records = await zoneRecords({ ...site.dns, token });
	const named = records.filter(
		({ name, type }) => name.toLowerCase() === wanted.name.toLowerCase() && type === wanted.type,
	);
	const same = named.filter(({ content }) => content === wanted.content);
	const ids = (same.length === 0 ? named : same).flatMap(({ id }) => id ?? []);
	return `${site.dns.zoneId}/${only(ids, `${wanted.type} record ${wanted.name}`)}`;
}

function only(ids: readonly string[], what: string): string {
	const [id, ...others] = ids;
	if (id === undefined) throw new VisibleError(`there is no ${what}`);
	if (others.length > 0)
		throw new VisibleError(`there is more than one ${what}: ${ids.join(", ")}; choose one by hand`);
	return id;
}
