import { stackOf, worldOf } from "../../../policy/world.ts";
import { destroy, manifest, planned, replace } from "../planned.ts";
import type { ClassCases } from "./class-cases.ts";
import { content, mounted, reading, settings } from "./web.ts";

const middleware = (name: string) =>
	manifest({ kind: "Middleware", apiVersion: "traefik.io/v1alpha1", metadata: { name, namespace: "shop" } });
const external = (store: string, key: string) =>
	worldOf(
		{},
		stackOf({
			kubernetes_manifest: {
				manifest: {
					kind: "ExternalSecret",
					apiVersion: "external-secrets.io/v1",
					metadata: { name: "login", namespace: "other" },
					spec: { secretStoreRef: { name: store }, data: [{ remoteRef: { key } }] },
				},
			},
		}),
	);
const behind = worldOf(
	{},
	stackOf({
		kubernetes_ingress_v1: {
			metadata: {
				name: "web",
				namespace: "other",
				annotations: {
					"traefik.ingress.kubernetes.io/router.middlewares":
						"traefik-retry@kubernetescrd,shop-strip@kubernetescrd",
				},
			},
			spec: {},
		},
	}),
);
const { kvMount, secretStore, databaseStore } = behind.site.vault;
const entry = (name: string) => ({ mount: kvMount, name });
const databaseRole = (name: string) => ({ backend: "database", name });

export const stillReferredTo: ClassCases = {
	finds: {
		"a middleware gets another name, and the Ingress of another stack has the old one": {
			planned: planned({
				after: behind,
				resource_changes: [
					replace("kubernetes_manifest.strip", middleware("strip"), middleware("strip-prefix")),
				],
			}),
			findings: ["caution: goes, and is still named by second/it"],
		},
		"an entry of Vault gets another name, and an ExternalSecret elsewhere reads it": {
			planned: planned({
				after: external(secretStore, "shop/login"),
				resource_changes: [
					replace("vault_kv_secret_v2.login", entry("shop/login"), entry("shop/credentials")),
				],
			}),
			findings: ["caution: goes, and is still named by second/it"],
		},
		"a static role goes, and an ExternalSecret elsewhere reads its password": {
			planned: planned({
				after: external(databaseStore, "static-creds/pg-shop"),
				resource_changes: [
					destroy("vault_database_secret_backend_static_role.shop", databaseRole("pg-shop")),
				],
			}),
			findings: ["caution: goes, and is still named by second/it"],
		},
		"a ConfigMap gets another name, and pods mount the old one": {
			planned: planned({
				after: reading(mounted()),
				resource_changes: [
					replace(settings, content("info"), {
						...content("info"),
						metadata: [{ name: "settings-2", namespace: "shop" }],
					}),
				],
			}),
			findings: ["caution: goes, and is still named by first/it"],
		},
	},
	passes: {
		"a middleware is made anew by its name": planned({
			after: behind,
			resource_changes: [replace("kubernetes_manifest.strip", middleware("strip"), middleware("strip"))],
		}),
		"a middleware goes that nobody names": planned({
			after: behind,
			resource_changes: [destroy("kubernetes_manifest.strip", middleware("other"))],
		}),
		"an entry goes that the same name in the other store does not mean": planned({
			after: external(databaseStore, "shop/login"),
			resource_changes: [destroy("vault_kv_secret_v2.login", entry("shop/login"))],
		}),
		"an entry is made anew by its name": planned({
			after: external(secretStore, "shop/login"),
			resource_changes: [replace("vault_kv_secret_v2.login", entry("shop/login"), entry("shop/login"))],
		}),
	},
};
