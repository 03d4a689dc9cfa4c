import { stackOf, worldOf } from "../world.ts";
import { denied, type RuleCases } from "./rule-cases.ts";

const file = "shop.rules.yml";
const argument = `data.${file}`;
const mapOf = (text: string, labels: Record<string, string> = { "prometheus-rules": "load" }) =>
	worldOf(
		stackOf({ kubernetes_config_map_v1: { metadata: { name: "alerts", labels }, data: { [file]: text } } }),
	);
const alert = (expr: string) =>
	mapOf(JSON.stringify({ groups: [{ name: "shop", rules: [{ alert: "Down", expr }] }] }));

/** Of what the stacks use, and others that Prometheus takes. */
const sound = [
	'kube_statefulset_status_replicas_ready{namespace="redis"} < 1',
	'time() - max by (job) (pushed{job=~"a-.*"}) > 3600',
	"x == 0 or (y unless on (namespace, cronjob) x)",
	"x < 0.1 * max_over_time(x[28d])",
	"avg_over_time((x > 0)[1h:5m]) offset 1d",
	"absent(x) # and why",
];

const broken: Readonly<Record<string, string>> = {
	"sum by (pod (x) > 1": "unexpected from here: (x) > 1",
	"rte(x[5m]) > 1": "unexpected from here: (x[5m]) > 1",
	"x > ": "it ends too early",
	"": "it ends too early",
	'x{a="b} > 1': "it ends too early",
	"x[5 minutes] > 1": "unexpected from here",
	"x ==== 1": "unexpected from here: == 1",
};

export const alertExpressionParses: RuleCases = {
	allow: {
		...Object.fromEntries(sound.map((expr) => [`sound: ${expr}`, alert(expr)])),
		"a file in YAML": mapOf("groups:\n- name: shop\n  rules:\n  - record: a:b\n    expr: sum(x)\n"),
		"a file in YAML between braces": mapOf("{groups: [{rules: [{alert: A, expr: up}]}]}"),
		"a text that Terraform must not read": alert('x{path="$${a}"} > 0'),
		"a file that Prometheus does not load": mapOf("anything", {}),
	},
	deny: {
		...Object.fromEntries(
			Object.entries(broken).map(([expr, message]) => [
				`broken: ${expr}`,
				denied(alert(expr), [argument, message]),
			]),
		),
		"a file that is none": denied(mapOf("groups: ["), [argument, "no rules file of Prometheus"]),
		"a rule without an expression": denied(mapOf("groups: [{rules: [{alert: Down}]}]"), [
			argument,
			"no rules file",
		]),
		"a key twice, which YAML does not have": denied(mapOf('{\n  "groups": [],\n  "groups": []\n}\n'), [
			argument,
			"no rules file",
		]),
		"a text that Terraform puts together": denied(mapOf("${local.rules}"), [argument, "no rules file"]),
	},
};
