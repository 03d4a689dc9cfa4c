import { expect, test } from "vitest";
import { ownerResources } from "../../../cli/owners/owner-resources.ts";
import { loadRegistry } from "../../../clients/vault/load-registry.ts";
import { loadSite } from "../../../config/load-site.ts";
import { loadStacks } from "../../../stacks/catalogue.ts";
import { testApp } from "../../synth.ts";

const stacks = await loadStacks();

const { owners } = await loadRegistry(await loadSite("lab"));

async function resourcesOf(user: string): Promise<string[]> {
	const { documents } = (await testApp(stacks)).check();
	const owner = owners.find(({ key }) => key === user);
	if (owner === undefined) throw new Error(`the lab has no owner ${user}`);
	return ownerResources(documents, owner)
		.filter(({ stack }) => stack === "vault")
		.map(({ type, name }) => `${type} ${name}`)
		.sort();
}

test("the vault stack makes eight objects for a person, two for their pipelines, and seven for each of their namespaces", async () => {
	expect(await resourcesOf("bob")).toEqual([
		"kubernetes_namespace_v1 bob",
		"kubernetes_role_v1 bob-deployer",
		"kubernetes_service_account_v1 secrets-reader",
		"vault_identity_entity bob",
		"vault_identity_entity_alias b@example.com",
		"vault_identity_group sops-bob",
		"vault_identity_group_alias sops-bob",
		"vault_kubernetes_auth_backend_role tenant-secrets-bob",
		"vault_kubernetes_secret_backend_role bob-deployer",
		"vault_policy namespace-owner-bob",
		"vault_policy sops-user-bob",
		"vault_policy tenant-secrets-bob",
		"vault_quota_rate_limit owner-bob-entries",
		"vault_quota_rate_limit owner-bob-entry",
		"vault_transit_secret_backend_key sops-state-bob",
	]);
	expect(await resourcesOf("alice")).toHaveLength(8 + 2 + 2 * 7);
});
