import type { Block } from "../world.ts";
import { object, stackOf, workload, worldOf } from "../world.ts";
import { denied, type RuleCases } from "./rule-cases.ts";

const configMap = (data: Record<string, Block>) =>
	worldOf(stackOf({ kubernetes_config_map_v1: { metadata: { name: "web" }, data } }));
const variable = (name: string, value: Block) =>
	worldOf(stackOf({ kubernetes_deployment_v1: workload({ container: { env: [{ name, value }] } }) }));
const chart = (fields: Record<string, Block>) => worldOf(stackOf({ helm_release: fields }));

/** Texts that only look like the secrets after which they are named; put together so that no scanner stops at them. */
const letters = "abcdefghijklmnopqrstuvwxyz";
const fake = {
	pem: ["-----BEGIN", "EC", "PRIVATE", "KEY-----\nMHc\n"].join(" "),
	token: ["eyJhbGciOiJub25l", "eyJzdWIiOiJub2JvZHki", letters].join("."),
	vault: ["hvs", letters].join("."),
	hash: ["", "6", "salt", letters.repeat(2)].join("$"),
	url: ["redis://user", "word@cache:6379"].join(":"),
};

export const noSecretInPlainSight: RuleCases = {
	allow: {
		"a name that is about a secret": configMap({
			secretName: "web-tls",
			existingSecret: "web",
			token_ttl: "1h",
			PASSWORD_FILE: "hidden",
		}),
		"values that say where the secret is": configMap({
			password: "/run/secrets/password",
			token: "{{ .token }}",
			secret: "$(SECRET)",
			apiKey: "${var.key}",
			client_secret: "",
		}),
		"a variable read from a Secret": worldOf(
			stackOf({
				kubernetes_deployment_v1: workload({
					container: {
						env: [{ name: "DB_PASSWORD", value_from: { secret_key_ref: { name: "db", key: "password" } } }],
					},
				}),
			}),
		),
		"the name of a key in an external secret": worldOf(
			stackOf({ kubernetes_manifest: { manifest: { spec: { data: [{ secretKey: "password" }] } } } }),
		),
		"an assignment in a script": configMap({ "run.sh": 'token="$1"\npassword=read_it\n' }),
		"YAML that refers to Secrets": configMap({
			"app.yaml": "auth:\n  existingSecret: web\n  password: ${PASSWORD}\n  token: |\n",
		}),
		"a reference inside an expression": chart({ values: ['${jsonencode({"password" = var.password})}'] }),
		"a URL without a password": configMap({ url: "redis://user@cache:6379/0" }),
	},
	deny: {
		"a password in a ConfigMap": denied(configMap({ DB_PASSWORD: "letmein" }), [
			"data.DB_PASSWORD",
			"the value of DB_PASSWORD is written out",
		]),
		"a token in a container's environment": denied(variable("apiToken", "letmein"), [
			"spec.template.spec.container[0].env[0].value",
			"the value of apiToken is written out",
		]),
		"a secret key that is not in a manifest": denied(configMap({ secretKey: "letmein" }), [
			"data.secretKey",
			"secretKey",
		]),
		"a password in a manifest": denied(
			worldOf(stackOf({ kubernetes_manifest: { manifest: { spec: { password: "letmein" } } } })),
			["manifest.spec.password", "password"],
		),
		"a secret in a chart's set": denied(chart({ set: [{ name: "auth.client-secret", value: "letmein" }] }), [
			"set[0].value",
			"auth.client-secret",
		]),
		"a secret in a chart's YAML": denied(chart({ values: ["auth:\n  adminPassword: letmein\n"] }), [
			"values[0]",
			"the text of values writes out the value of adminPassword",
		]),
		"a secret in a chart's JSON": denied(chart({ values: ['{"auth":{"secretKey":"letmein"}}'] }), [
			"values[0]",
			"secretKey",
		]),
		"a secret in an encoded expression": denied(
			chart({ values: ['${yamlencode({"user" = var.user, "password" = "letmein"})}'] }),
			["values[0]", "password"],
		),
		"a named value in a chart's YAML": denied(
			chart({ values: ["env:\n  - name: API_KEY\n    value: letmein\n"] }),
			["values[0]", "API_KEY"],
		),
		"an annotation": denied(
			worldOf(
				stackOf({ kubernetes_service_v1: object("web", {}, { annotations: { "x/api-key": "letmein" } }) }),
			),
			["metadata.annotations.x/api-key", "x/api-key"],
		),
		"a literal for a write-only argument": denied(
			worldOf(stackOf({ kubernetes_secret_v1: { data_wo: { password: "letmein" } } })),
			["data_wo.password", "password"],
		),
		"a plain argument of another provider": denied(
			worldOf(stackOf({ vault_ldap_auth_backend: { bind_password_wo: "letmein" } })),
			["bind_password_wo", "bind_password_wo"],
		),
		"a private key": denied(configMap({ "tls.crt": fake.pem }), ["data.tls.crt", "a private key"]),
		"a JSON web token": denied(variable("SESSION", fake.token), [
			"spec.template.spec.container[0].env[0].value",
			"a JSON web token",
		]),
		"a Vault token": denied(variable("SESSION", fake.vault), [
			"spec.template.spec.container[0].env[0].value",
			"a Vault token",
		]),
		"a password hash in a text": denied(configMap({ accounts: `me:${fake.hash}\n` }), [
			"data.accounts",
			"a password hash",
		]),
		"a URL with a password outside of resources": denied(
			worldOf({ terraform: { backend: { pg: { conn_str: fake.url } } } }),
			["terraform.backend.pg.conn_str", "a URL with a password"],
		),
	},
};

export const secretWriteOnly: RuleCases = {
	allow: {
		"a write-only argument": worldOf(
			stackOf({ kubernetes_secret_v1: { data_wo: { key: "${ephemeral.x.y.data}" }, data_wo_revision: 1 } }),
		),
		"an entry of Vault that is read for the run only": worldOf({
			ephemeral: { vault_kv_secret_v2: { it: { mount: "secret", name: "web" } } },
		}),
		"a connection of Vault whose password is sent and not kept": worldOf(
			stackOf({
				vault_database_secret_backend_connection: {
					postgresql: { password_wo: "${ephemeral.x.y.data}", username: "root" },
				},
			}),
		),
	},
	deny: {
		"data of a Secret, even from an expression": denied(
			worldOf(stackOf({ kubernetes_secret_v1: { data: { key: "${var.key}" } } })),
			["data", "use data_wo"],
		),
		"sensitive chart values": denied(chart({ set_sensitive: [{ name: "a", value: "${var.a}" }] }), [
			"set_sensitive",
			"use set_wo",
		]),
		"a Secret that is read by a data source": denied(
			worldOf({ data: { kubernetes_secret_v1: { it: { metadata: { name: "web" } } } } }),
			["", "what data kubernetes_secret_v1 reads ends in the state"],
		),
		"the password of a connection of Vault": denied(
			worldOf(
				stackOf({ vault_database_secret_backend_connection: { postgresql: [{ password: "${var.key}" }] } }),
			),
			["postgresql[0].password", "use password_wo"],
		),
	},
};
