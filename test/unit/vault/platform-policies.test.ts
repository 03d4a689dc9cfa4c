import { describe, expect, test } from "vitest";
import { parseSite } from "../../../config/parse-site.ts";
import { parseRegistry } from "../../../config/registry/parse-registry.ts";
import type { PlatformPolicyName } from "../../../config/schema/vault.ts";
import home from "../../../config/sites/home.ts";
import lab from "../../../config/sites/lab.ts";
import { ownerRules, ownerStateRules, pipelineRules } from "../../../constructs/tenants/owner-policies.ts";
import { platformPolicies } from "../../../constructs/vault/platform-policies.ts";
import { capabilitiesAt } from "../../../constructs/vault/policy-decision.ts";

const ann = { role: "namespace-owner", email: "a@example.com", namespaces: ["ann"] };
const anna = { role: "namespace-owner", email: "b@example.com", namespaces: ["anna", "anna-dev"] };
const registry = parseRegistry(JSON.stringify({ ann, anna }));
const policies = platformPolicies(parseSite(home));

const update = ["update"];
const readList = ["read", "list"];
const nothing: string[] = [];

describe("the platform's policies", () => {
	test.for<[policy: PlatformPolicyName, path: string, capabilities: string[]]>([
		["ci-infra", "secret/data/platform", ["create", "read", "update", "patch"]],
		["ci-infra", "secret/data/platform/sub", nothing],
		["ci-infra", "secret/data/woodpecker", readList],
		["ci-infra", "secret/data/ann/app", nothing],
		["ci-infra", "transit/decrypt/sops-state-vault", update],
		["ci-infra", "kubernetes/creds/ann-deployer", nothing],
		["ci-infra", "database/static-creds/pg-terraform-state", ["read"]],
		["ci-infra", "database/static-creds/pg-woodpecker", nothing],
		["ci-infra", "transit/hmac/infra-review/sha2-256", nothing],
		["ci-infra", "secret/data/infra-robot/deployer", ["read"]],
		["ci-infra", "secret/data/infra-robot/planner", nothing],
		["ci-plan", "secret/data/platform", readList],
		["ci-plan", "secret/data/woodpecker", nothing],
		["ci-plan", "secret/data/vault", nothing],
		["ci-plan", "secret/data/infra-robot/planner", ["read"]],
		["ci-plan", "secret/data/infra-robot/deployer", nothing],
		["ci-plan", "transit/decrypt/sops-state-vault", update],
		["ci-plan", "transit/encrypt/sops-state-vault", nothing],
		["ci-plan", "transit/hmac/infra-review/sha2-256", update],
		["ci-plan", "transit/verify/infra-review/sha2-256", nothing],
		["ci-plan", "kubernetes/creds/ann-deployer", nothing],
		["ci-plan", "secret/data/infra-robot/certifier", nothing],
		["ci-certificate", "secret/data/traefik", ["create", "read", "update"]],
		["ci-certificate", "secret/data/traefik/acme", ["create", "read", "update"]],
		["ci-certificate", "secret/data/traefik/other", nothing],
		["ci-certificate", "secret/data/platform", nothing],
		["ci-certificate", "secret/data/infra-robot/certifier", ["read"]],
		["ci-certificate", "secret/data/infra-robot/deployer", nothing],
		["ci-certificate", "transit/hmac/infra-review/sha2-256", nothing],
		["ci-certificate", "kubernetes/creds/ann-deployer", nothing],
		["eso-reader", "secret/data/woodpecker", ["read"]],
		["eso-reader", "secret/data/woodpecker/sub", ["read"]],
		["eso-reader", "secret/data/vault", nothing],
		["eso-reader", "secret/data/traefik", nothing],
		["eso-reader", "secret/data/ann/app", nothing],
		["eso-reader", "secret/data/woodpecker-infra", nothing],
		["eso-reader", "database/static-creds/pg-woodpecker", ["read"]],
		["eso-reader", "database/static-creds/pg-terraform-state", nothing],
		["eso-reader", "database/static-creds/pg-tomorrow", nothing],
		["woodpecker-sync", "secret/data/ci/global", readList],
		["woodpecker-sync", "secret/data/ci", nothing],
		["woodpecker-sync", "secret/data/woodpecker", nothing],
		["openclaw-k8s", "kubernetes/creds/openclaw", update],
		["openclaw-k8s", "secret/data/viktor", nothing],
		["terraform-state", "database/static-creds/pg-terraform-state", ["read"]],
		["terraform-state", "database/static-creds/pg-woodpecker", nothing],
		["raft-backup", "sys/storage/raft/snapshot", ["read"]],
		["raft-backup", "sys/storage/raft/snapshot-force", nothing],
		["sops-admin", "transit/keys/sops-state-vault", ["create", "read", "update"]],
		["sops-admin", "transit/keys/other", nothing],
		["sops-admin", "secret/data/locks/home/vault", ["create", "read", "update"]],
		["ci-infra", "secret/data/locks/home/vault", ["create", "read", "update"]],
		["ci-infra", "secret/metadata/locks/home/vault", ["read"]],
	])("%s has at %s: %j", ([policy, path, capabilities]) => {
		expect(capabilitiesAt(policies[policy], path)).toEqual(capabilities);
	});

	test("leave the registry alone where it is a file", () => {
		const { "ci-infra": rules } = platformPolicies(parseSite(lab));
		expect(capabilitiesAt(rules, "secret/data/platform")).toEqual(readList);
	});
});

describe("the policy of an owner's pipelines", () => {
	const [, owner] = registry.owners;
	if (owner === undefined) throw new Error("the registry has one owner only");

	test.for<[path: string, capabilities: string[]]>([
		["kubernetes/creds/anna-deployer", update],
		["kubernetes/creds/anna-dev-deployer", update],
		["kubernetes/creds/ann-deployer", nothing],
		["kubernetes/creds/openclaw", nothing],
		["secret/data/platform", nothing],
		["secret/data/anna", nothing],
		["secret/data/ci/repo/anna/shop", nothing],
		["transit/decrypt/sops-state-anna", nothing],
	])("has at %s: %j", ([path, capabilities]) => {
		expect(capabilitiesAt(pipelineRules(owner), path)).toEqual(capabilities);
	});
});

describe("an owner's policies", () => {
	const [owner] = registry.owners;
	if (owner === undefined) throw new Error("the registry has no owner");
	const rules = [...ownerRules("secret", owner), ...ownerStateRules(owner)];

	test.for<[path: string, capabilities: string[]]>([
		["secret/data/ann", ["create", "read", "update", "patch", "delete", "list"]],
		["secret/data/ann/app/deep", ["create", "read", "update", "patch", "delete", "list"]],
		["secret/data/anna", nothing],
		["secret/data/anna/app", nothing],
		["secret/metadata/", nothing],
		["secret/metadata/ann", ["list", "read", "delete"]],
		["secret/destroy/ann/app", update],
		["kubernetes/creds/ann-deployer", update],
		["kubernetes/creds/anna-deployer", nothing],
		["transit/decrypt/sops-state-ann", update],
		["transit/decrypt/sops-state-anna", nothing],
		["transit/keys/sops-state-ann", ["read"]],
	])("have at %s: %j", ([path, capabilities]) => {
		expect(capabilitiesAt(rules, path)).toEqual(capabilities);
	});
});
