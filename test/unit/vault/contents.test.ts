import { describe, expect, test } from "vitest";
import { parseSite } from "../../../config/parse-site.ts";
import { parseRegistry } from "../../../config/registry/parse-registry.ts";
import lab from "../../../config/sites/lab.ts";
import { staticCredentialPath } from "../../../constructs/vault/database-engine.ts";
import { loadStack, loadStacks } from "../../../stacks/catalogue.ts";
import type { Resource, StackDocument } from "../../../world/world.ts";
import { mergePatch } from "../../merge-patch.ts";
import { at, only, testApp } from "../../synth.ts";

const stacks = await loadStacks();
const vault = await loadStack("vault");

const database = {
	host: "db.example.org",
	port: 5432,
	superuser: "root",
	password: { path: "vault", key: "database_password", version: 3 },
};
const databases = {
	mysql: { ...database, port: 3306, users: ["shop"] },
	postgresql: { ...database, users: ["claude_memory", "shop"] },
};
const owner = { role: "namespace-owner", email: "a@example.com", namespaces: ["alice"] };

async function contents(patch: object = {}, registry: object = { alice: owner }): Promise<StackDocument> {
	const app = await testApp(
		[vault],
		parseSite(mergePatch(lab, { vault: patch })),
		parseRegistry(JSON.stringify(registry)),
	);
	const [document] = app.check().documents;
	if (document === undefined) throw new Error("the app has no stack");
	return document;
}

function all({ resources }: StackDocument, type: string): readonly Resource[] {
	return resources.filter((resource) => resource.type === type);
}

function named(document: StackDocument, type: string, name: string, by = "name"): Resource {
	const found = all(document, type).find((resource) => resource.arguments[by] === name);
	if (found === undefined) throw new Error(`there is no ${type} ${name}`);
	return found;
}

describe("the database engine", () => {
	test("lets a connection serve the roles of its own users and no others", async () => {
		const connections = all(await contents({ databases }), "vault_database_secret_backend_connection");
		expect(connections.map((one) => [one.arguments.name, one.arguments.allowed_roles])).toEqual([
			["mysql", ["mysql-shop"]],
			["postgresql", ["pg-claude-memory", "pg-shop"]],
		]);
	});

	test("rotates every user once a week", async () => {
		const roles = all(await contents({ databases }), "vault_database_secret_backend_static_role");
		expect(roles.map((role) => [role.arguments.name, role.arguments.username])).toEqual([
			["mysql-shop", "shop"],
			["pg-claude-memory", "claude_memory"],
			["pg-shop", "shop"],
		]);
		expect(roles.every((role) => role.arguments.rotation_period === 604_800)).toBe(true);
	});

	test("sends the password of the superuser, and again when its version grows", async () => {
		const document = await contents({ databases });
		const connection = named(document, "vault_database_secret_backend_connection", "postgresql");
		const [, entry] = all(document, "vault_kv_secret_v2");
		expect(at(connection, "postgresql.password_wo")).toBe(`\${${entry?.address}.data["database_password"]}`);
		expect(at(connection, "postgresql.password_wo_version")).toBe(3);
		expect(at(connection, "postgresql.connection_url")).toBe(
			"postgresql://{{username}}:{{password}}@db.example.org:5432/postgres?sslmode=disable",
		);
	});

	test("tells a consumer where its password is, and that a user has none", () => {
		const site = parseSite(mergePatch(lab, { vault: { databases } }));
		expect(staticCredentialPath(site, "postgresql", "claude_memory")).toBe("static-creds/pg-claude-memory");
		expect(() => staticCredentialPath(site, "postgresql", "matrix")).toThrow(
			"vault.databases.postgresql.users has no matrix; it lists claude_memory, shop",
		);
	});
});

describe("the Kubernetes engine", () => {
	/** What it may do with objects of the RBAC group. */
	const rbac = (document: StackDocument) => {
		const { rule } = only(document, "kubernetes_cluster_role_v1").arguments;
		return (rule as { api_groups: string[] }[]).filter(({ api_groups }) => api_groups[0] !== "");
	};

	test("binds the deployers of tenants by name, and can neither escalate nor reach the cluster", async () => {
		expect(rbac(await contents())).toEqual([
			{
				api_groups: ["rbac.authorization.k8s.io"],
				resources: ["rolebindings"],
				verbs: ["create", "update", "delete"],
			},
			{
				api_groups: ["rbac.authorization.k8s.io"],
				resources: ["roles"],
				resource_names: ["alice-deployer"],
				verbs: ["bind"],
			},
		]);
	});

	test("binds nothing while there are no tenants", async () => {
		expect(rbac(await contents({}, {}))).toHaveLength(1);
	});
});

describe("a machine", () => {
	test("of the platform renews its token for ever", async () => {
		const document = await contents();
		const { arguments: role } = named(document, "vault_kubernetes_auth_backend_role", "eso", "role_name");
		expect([role.token_ttl, role.token_max_ttl, role.token_period]).toEqual([864_000, undefined, 864_000]);
	});
});

describe("a state key", () => {
	const keyOf = async (registry: object) =>
		named(await contents({}, registry), "vault_transit_secret_backend_key", "sops-state-alice").arguments;

	test("cannot be deleted from Vault while an owner has rights", async () => {
		expect((await keyOf({ alice: owner })).deletion_allowed).toBe(false);
	});

	test("can be once every owner is disabled, and a plan for that world breaks no rule", async () => {
		const gone = { alice: { ...owner, disabled: true } };
		expect((await keyOf(gone)).deletion_allowed).toBe(true);
		const app = await testApp(stacks, undefined, parseRegistry(JSON.stringify(gone)));
		expect(app.check().findings).toEqual([]);
	});
});

describe("the login of people", () => {
	const provider = {
		kind: "oidc",
		discoveryUrl: "https://id.example.org/vault/",
		clientId: "vault",
		clientSecret: { path: "vault", key: "client_secret", version: 2 },
		groups: ["people", "authentik Admins"],
		publicKeys: null,
		audiences: null,
	};

	test("sends the client's secret without keeping it", async () => {
		const document = await contents({ identity: provider });
		const { arguments: backend } = only(document, "vault_jwt_auth_backend");
		const entry = only(document, "vault_kv_secret_v2");
		expect(backend).toMatchObject({
			oidc_client_secret_wo: `\${${entry.address}.data["client_secret"]}`,
			oidc_client_secret_wo_version: 2,
		});
		expect(backend).not.toHaveProperty("oidc_client_secret");
	});

	test("needs one of the groups, and comes back to the browser or to the command line", async () => {
		const { arguments: role } = only(await contents({ identity: provider }), "vault_jwt_auth_backend_role");
		expect(role).toMatchObject({
			user_claim: "email",
			bound_claims: { groups: "people,authentik Admins" },
			allowed_redirect_uris: [
				"http://127.0.0.1:8200/ui/vault/auth/oidc/oidc/callback",
				"http://localhost:8250/oidc/callback",
			],
		});
	});
});
