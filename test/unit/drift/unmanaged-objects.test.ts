import { describe, expect, test } from "vitest";
import type { Release } from "../../../cli/drift/release-drift.ts";
import type { ApiObject } from "../../../cli/drift/release-manifest.ts";
import { ownNamespaces, unmanagedIn } from "../../../cli/drift/unmanaged-objects.ts";
import { ownedBy } from "../../../config/registry/owner-names.ts";
import { object, stackOf, worldOf } from "../../policy/world.ts";

const world = worldOf(
	stackOf({
		kubernetes_namespace_v1: { metadata: { name: "shop" } },
		kubernetes_stateful_set_v1: object("db"),
		kubernetes_manifest: {
			manifest: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings", namespace: "shop" } },
		},
	}),
	stackOf({
		kubernetes_namespace_v1: { metadata: { name: "alice", labels: { [ownedBy.key]: ownedBy.value } } },
		kubernetes_secret_v1: object("of-the-other-stack"),
	}),
);
const releases: readonly Release[] = [
	{ address: "helm_release.web", path: "first/web", name: "web", namespace: "shop" },
	{ address: "helm_release.far", path: "first/far", name: "far", namespace: "elsewhere" },
];
const live = (kind: string, name: string, metadata: object = {}, more: object = {}): ApiObject => ({
	apiVersion: "v1",
	kind,
	metadata: { name, namespace: "shop", ...metadata },
	...more,
});
const of = (release: string) => ({ annotations: { "meta.helm.sh/release-name": release } });
const template = { spec: { volumeClaimTemplates: [{ metadata: { name: "data" } }] } };
const database = live("StatefulSet", "db", {}, template);

test("a stack's own namespaces are those that it makes, and no tenant's", () => {
	expect(ownNamespaces(world, "first")).toEqual(["shop"]);
	expect(ownNamespaces(world, "second")).toEqual([]);
});

describe("in a namespace", () => {
	test.for<[what: string, object: ApiObject]>([
		["an object of the code", live("ConfigMap", "settings")],
		["an object of another stack", live("Secret", "of-the-other-stack")],
		[
			"what a controller made",
			live("Secret", "x", { ownerReferences: [{ kind: "ExternalSecret", name: "x" }] }),
		],
		[
			"what a policy made",
			live("LimitRange", "x", { labels: { "app.kubernetes.io/managed-by": "kyverno" } }),
		],
		["an object of a release", live("Service", "x", of("web"))],
		[
			"a revision of a release",
			live("Secret", "x", { labels: { name: "web" } }, { type: "helm.sh/release.v1" }),
		],
		["a claim of a StatefulSet", live("PersistentVolumeClaim", "data-db-0")],
		["the cluster's certificate", live("ConfigMap", "kube-root-ca.crt")],
		["the account of every namespace", live("ServiceAccount", "default")],
		[
			"a token of an account",
			live(
				"Secret",
				"x",
				{ annotations: { "kubernetes.io/service-account.name": "y" } },
				{ type: "kubernetes.io/service-account-token" },
			),
		],
	])("%s is managed", ([, one]) => {
		expect(unmanagedIn(world, "shop", [one, database], releases)).toEqual([]);
	});

	test.for<[what: string, object: ApiObject]>([
		["a name of the code of another kind", live("Secret", "settings")],
		["an object of a release that the code does not have", live("Service", "x", of("gone"))],
		["an object of a release elsewhere", live("Service", "x", of("far"))],
		[
			"a revision of a release that is gone",
			live("Secret", "x", { labels: { name: "gone" } }, { type: "helm.sh/release.v1" }),
		],
		[
			"a claim whose name only begins like one of a StatefulSet",
			live("PersistentVolumeClaim", "data-db-0-copy"),
		],
		["a Secret that is called like the cluster's certificate", live("Secret", "kube-root-ca.crt")],
		["an account", live("ServiceAccount", "robot")],
	])("%s is not", ([, one]) => {
		expect(unmanagedIn(world, "shop", [one, database], releases)).toEqual([one]);
	});
});
