import { stackOf, worldOf } from "../world.ts";
import { denied, type RuleCases } from "./rule-cases.ts";

const backend = (path: string) => worldOf({ terraform: { backend: { local: { path } } } });
const config = (text: string) => worldOf(stackOf({ kubernetes_config_map_v1: { data: { text } } }));

/** What is a path of this machine, see no-absolute-path.test.ts: it depends on where the tests run. */
export const noAbsolutePath: RuleCases = {
	allow: {
		"a relative path": backend("../../../state/terraform.tfstate"),
		"a path below the home of any user": backend("~/.kube/config"),
	},
	deny: {
		"the folder of the project": denied(backend(`${process.cwd()}/terraform.tfstate`), [
			"terraform.backend.local.path",
			`lies below ${process.cwd()} of this machine`,
		]),
	},
};

export const tokensInText: RuleCases = {
	allow: {
		"an encoded object": config('${jsonencode({"name" = kubernetes_service_v1.it.id})}'),
		"JSON without interpolation": config('{"name":"web"}'),
		"JSON with an escaped interpolation": config('{"name":"$${web}"}'),
		"a sentence with an interpolation": config("see ${kubernetes_service_v1.it.id}"),
	},
	deny: {
		"a string of the engine": denied(config("name: ${TfToken[TOKEN.3]}"), ["data.text", "never resolved"]),
		"a number of the engine": denied(config("port: -1.8881545897087626e+289"), [
			"data.text",
			"never resolved",
		]),
		"JSON with an interpolation between its quotes": denied(
			config('{"names":"${join(",", ["a}", kubernetes_service_v1.it.id])}"}'),
			["data.text", "JSON with an interpolation between its quotes"],
		),
	},
};

export const noTimeOrRandom: RuleCases = {
	allow: {
		"a hash of the content": config('${sha256("text")}'),
		"the words outside of an expression": config("call timestamp() or uuid()"),
		"a deterministic identifier": config('${uuidv5("dns", "example.org")}'),
		"a salted hash for a write-only argument": worldOf(
			stackOf({ kubernetes_secret_v1: { data_wo: { users: "${bcrypt(ephemeral.x.y.data)}" } } }),
		),
		"a salted hash in an ephemeral block": worldOf({
			ephemeral: { vault_kv_secret_v2: { it: { name: "${uuid()}" } } },
		}),
	},
	deny: {
		"the time": denied(config("deployed ${upper(timestamp())}"), [
			"data.text",
			"timestamp() gives another value at each evaluation",
		]),
		"a salted hash": denied(config("${bcrypt(var.word)}"), ["data.text", "bcrypt()"]),
	},
};

const held = { metadata: { name: "web" } };

export const referencesStayInside: RuleCases = {
	allow: {
		"a resource of the same stack": worldOf(
			stackOf({
				kubernetes_namespace_v1: held,
				kubernetes_config_map_v1: { data: { text: "${kubernetes_namespace_v1.it.metadata[0].name}" } },
			}),
		),
		"an ephemeral block of the same stack": worldOf({
			ephemeral: { vault_kv_secret_v2: { it: {} } },
			resource: {
				kubernetes_secret_v1: { it: { data_wo: { a: '${ephemeral.vault_kv_secret_v2.it.data["a"]}' } } },
			},
		}),
		"a variable, a function and a text that looks like an address": config(
			'${var.operator_keys.first} ${join("kubernetes_service_v1.gone", local.a_b.c)}',
		),
		"an escaped interpolation": config("$${kubernetes_service_v1.gone.id}"),
	},
	deny: {
		"a resource of another stack": denied(
			worldOf(
				stackOf({ kubernetes_namespace_v1: held }),
				stackOf({ kubernetes_config_map_v1: { data: { text: "${kubernetes_namespace_v1.it.id}" } } }),
			),
			["data.text", "kubernetes_namespace_v1.it, which stack second does not have"],
		),
		"a dependency on another stack": denied(
			worldOf(
				stackOf({ kubernetes_namespace_v1: held }),
				stackOf({ kubernetes_config_map_v1: { depends_on: ["kubernetes_namespace_v1.it"] } }),
			),
			["depends_on[0]", "kubernetes_namespace_v1.it"],
		),
		"a data source that is not there": denied(config("${data.vault_kv_secret_v2.it.data}"), [
			"data.text",
			"data.vault_kv_secret_v2.it",
		]),
	},
};
